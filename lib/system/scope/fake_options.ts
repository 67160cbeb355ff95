/** What fake services are started from. */
import type { Milliseconds } from "../../clock/mod.ts";
import type { Fingerprint } from "../../nursery/mod.ts";

/** What the code of a body knows of a service: its path, and its process if its value holds that. */
export interface Given {
  readonly path: string;
  readonly instance?: bigint | undefined;
}

/** What a service is started from. */
export interface FakeOptions {
  readonly mark: number;
  /** How long it takes to be ready. */
  readonly starting: Milliseconds;
  /** How long it takes to stop. */
  readonly stopping: Milliseconds;
  readonly overlaps: boolean;
  /** What it was given; undefined: it is not known. */
  readonly uses: readonly Given[] | undefined;
  /** All that it may have used, as paths. */
  readonly mayUse: ReadonlySet<string>;
}

export function fingerprintOf({ mark, uses }: FakeOptions): Fingerprint {
  const used = uses?.map(({ path, instance }) => `${path} ${instance}`);
  return { mark: `${mark}`, ...(used && { uses: used.join() }) };
}

export function holdsOf({ uses = [] }: FakeOptions): ReadonlySet<bigint> {
  return new Set(uses.flatMap(({ instance }) => instance ?? []));
}
