/** Finds out what earlier programs have left on a host, once for each connection to it. */
import { printable } from "../logs/mod.ts";
import type { Nursery } from "../nursery/mod.ts";
import type { HostInfo, Thread } from "../thread/mod.ts";
import type { Standing } from "../wire/mod.ts";
import { Estate } from "./estate.ts";
import { isHeldNote, LegacyHeld } from "./legacy_held.ts";
import { isServiceNote, LegacyService } from "./legacy_service.ts";
import { decodeNote, type Unread } from "./note.ts";

const NOT_WHOLE = "has a note that is not whole";

const known = new WeakSet<HostInfo>();

/** Adds what was left on the host of a thread to what there is to be claimed, if that stands. */
export function inherit(nursery: Nursery, thread: Thread): void {
  const { host } = thread;
  const { standing } = host;
  if (!standing || known.has(host)) return;
  known.add(host);
  const estate = Estate.of(nursery);
  estate.threads.add(thread);
  for (const each of standing.stands) {
    if (each.state === "thread" || each.state === "service") continue;
    const note = decodeNote(each.note);
    if (isUnread(note) && note.isForeign && each.state !== "ended") continue;
    if (each.state === "held") addHeld(estate, host, each, note);
    else addProcess(estate, thread, each, note);
  }
}

function addHeld(
  estate: Estate,
  host: HostInfo,
  { name }: Standing,
  note: ReturnType<typeof decodeNote>,
): void {
  if (!isUnread(note) && isHeldNote(note)) return estate.add(new LegacyHeld(host, name, note));
  const { path = name, why = NOT_WHOLE } = note as Partial<Unread>;
  estate.addUnknown({ path, why, what: `descriptor ${name} of host ${host.name}` });
}

function addProcess(
  estate: Estate,
  thread: Thread,
  process: Standing,
  note: ReturnType<typeof decodeNote>,
): void {
  const hasEnded = process.state === "ended";
  if (!isUnread(note) && isServiceNote(note)) {
    const child = thread.adoptProcess(process, printable(note.path));
    estate.add(new LegacyService(child, note, hasEnded));
  } else if (hasEnded) {
    // Nobody can say whose end it is: it is only acknowledged, so that those of others are, too.
    thread.adoptProcess(process, `process ${process.pid}`);
  } else {
    const { path, why = NOT_WHOLE } = note as Partial<Unread>;
    estate.addUnknown({ path, why, what: `process ${process.pid} of host ${thread.host.name}` });
  }
}

function isUnread(note: ReturnType<typeof decodeNote>): note is Unread {
  return "why" in note;
}
