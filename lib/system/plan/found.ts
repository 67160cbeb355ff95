/** What stands, as a plan sees it. */
import type { Fingerprint } from "../../nursery/mod.ts";
import type { Host } from "../../hosts/mod.ts";
import { canonical } from "../../service/canonical.ts";
import { isHeldNote } from "../../service/legacy_held.ts";
import { isServiceNote } from "../../service/legacy_service.ts";
import { decodeNote, type Note } from "../../service/note.ts";
import type { Standing } from "../../wire/mod.ts";
import type { AnyScope } from "../scope/scope.ts";

/** Something that stands, in this program or since an earlier one. */
export interface FoundStanding {
  /** Its full name, as "orders/orderd". */
  readonly path: string;
  /** What it is, in a word: that of its claim. */
  readonly kind: string;
  readonly fingerprint: Fingerprint;
  /** The name of the host that it is on, if it is on one. */
  readonly host?: string | undefined;
  /** The process that it is, if it is one. */
  readonly instance?: bigint | undefined;
  /** The processes that it was given. */
  readonly holds?: ReadonlySet<bigint>;
  /** What who claims it gets, if that is in this program. */
  readonly value?: unknown;
  /** What was noted of it, where its value is not in this program. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** What the hashes of secrets in its fingerprint are salted with, if that is as it was noted. */
  readonly salt?: string;
  /** Why nobody can tell what it is, if that is so. */
  readonly unknown?: string;
  /** Whether it is to be made anew though nothing that it was made of has changed: it is down. */
  readonly isDown?: boolean;
}

/** What stands in scopes of this program. */
export function foundIn(scopes: Iterable<AnyScope>): FoundStanding[] {
  return [...scopes].flatMap((scope) =>
    scope.roll.flatMap((entry) => {
      const { made, standing, path } = entry;
      if (!made || !standing || made.kind === "scope") return [];
      const stays = entry.isStanding || entry.isDone || entry.isLeft ||
        entry.lostHost !== undefined;
      return {
        ...{ path, kind: made.kind, fingerprint: made.fingerprint, holds: made.holds },
        host: standing.host?.name,
        ...{ instance: standing.instance, value: standing.value },
        isDown: entry.isStale || !stays,
      };
    })
  );
}

/**
 * What earlier programs have left on a host, by what they noted of it; of two with one path what came last.
 *
 * @param host Its name.
 * @param stands As {@linkcode Host.look} has it.
 *
 * @example
 * ```ts
 * import { foundHost, foundOn, localHost, type Nursery, planOf, planText } from "bailiwick";
 *
 * async function show(system: (nursery: Nursery) => Promise<void>): Promise<void> {
 *   await using there = await localHost({ standing: { system: "shop", mode: "look" } });
 *   await using host = await localHost({ standing: { system: "shop", mode: "plan" } });
 *   const found = [foundHost("a", host), ...foundOn(host.name, await there.look())];
 *   console.log(planText(await planOf(system, found)));
 * }
 * ```
 */
export function foundOn(host: string, stands: readonly Standing[]): FoundStanding[] {
  const found = new Map<string, { readonly since: number; readonly is: FoundStanding }>();
  for (const each of stands) {
    if (each.state === "thread" || each.state === "service") continue;
    const note = decodeNote(each.note);
    const path = note.path ?? (each.name || `process ${each.pid}`);
    const since = "since" in note ? note.since : Infinity;
    const is = "why" in note ? unknown(path, host, note.why) : known(note, host, each);
    if ((found.get(path)?.since ?? -Infinity) <= since) found.set(path, { since, is });
  }
  const all = [...found.values()].toSorted((one, other) => one.since - other.since);
  return all.map(({ is }) => is);
}

/**
 * A host that is connected to, as what a system claims by {@linkcode useHost} under this name; see
 * {@linkcode foundOn}.
 */
export function foundHost(name: string, host: Host): FoundStanding {
  const fingerprint = { of: canonical(undefined).text };
  return { path: `host ${name}`, kind: "host", fingerprint, host: host.name, value: host };
}

function unknown(path: string, host: string, why: string): FoundStanding {
  return { path, kind: "unknown", fingerprint: {}, host, unknown: why };
}

function known(note: Note, host: string, { state, instance }: Standing): FoundStanding {
  const { path, kind, fingerprint } = note;
  if (isServiceNote(note)) {
    const holds = new Set(note.holds.map((each) => BigInt(`0x${each}`)));
    const isDown = state === "ended" || note.isLeaving === true;
    return { path, kind, fingerprint, host, salt: note.salt, instance, holds, isDown };
  }
  if (!isHeldNote(note)) return unknown(path, host, "has a note of an unknown kind");
  const { salt, value, sockname } = note;
  const facts = kind === "result"
    ? { result: JSON.parse(value) }
    : { value, ...(sockname !== undefined && { sockname }) };
  return { path, kind, fingerprint, host, salt, facts };
}
