/** What is held with a host that stands, and so is found by the next program. */
import type { Nursery, Place } from "../../nursery/mod.ts";
import { Estate } from "../../service/estate.ts";
import type { HeldNote, LegacyHeld } from "../../service/legacy_held.ts";
import { goesOn } from "../../service/let_go.ts";
import { encodeNote, type Note, noted, recalled } from "../../service/note.ts";
import { difference } from "../../service/fingerprint.ts";
import type { FileDescriptor, HostInfo, Thread } from "../../thread/mod.ts";

/** Finds what an earlier program has left, if it is of the same; else that ends. */
export async function findHeld(
  place: Place,
  { kind, path, of, host }: {
    readonly kind: Note["kind"];
    readonly path: string;
    /** What it is made of, with secrets salted by this. */
    readonly of: (salt: string) => Note["fingerprint"];
    /** The host that must have it. */
    readonly host: HostInfo | undefined;
  },
): Promise<LegacyHeld | undefined> {
  const estate = Estate.of(place.nursery);
  const legacy = await estate.find(kind, path) as LegacyHeld | undefined;
  if (!legacy) return undefined;
  const { note } = legacy;
  const own = of(note.salt);
  const isSame = difference(recalled(note.fingerprint, own), own).length === 0;
  if (isSame && (host ?? legacy.host) === legacy.host && estate.take(legacy)) return legacy;
  await estate.end(legacy);
  return undefined;
}

/** Has a host hold a descriptor. */
export async function holdLong(
  thread: Thread,
  fd: FileDescriptor,
  name: string,
  note: Omit<HeldNote, "fingerprint"> & { readonly of: Note["fingerprint"] },
): Promise<void> {
  const { of, ...rest } = note;
  await thread.hold(fd, name, encodeNote({ ...rest, fingerprint: noted(of) } as HeldNote));
}

/** What a host holds, and whether an earlier program had it held. */
export interface AtHost {
  readonly nursery: Nursery;
  readonly host: HostInfo;
  readonly name: string;
  readonly isOfEarlier: boolean;
}

/** It is not wanted any more. */
export async function release({ nursery, host, name, isOfEarlier }: AtHost): Promise<void> {
  if (!goesOn(nursery, isOfEarlier) && !host.lost) await host.standing!.release(name);
}

/** A host that stands, to hold what is on none. */
export function anyStanding({ root }: Nursery): Thread | undefined {
  return Estate.of(root).threads.values().find(({ host }) => !host.lost);
}
