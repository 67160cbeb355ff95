/** What stands, as a plan sees it. */
import type { Fingerprint } from "../../nursery/mod.ts";
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
  /** What was noted of it, where its value is not in this program: `sockname`, `result`. */
  readonly facts?: Readonly<Record<string, unknown>>;
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
