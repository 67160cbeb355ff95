/** What was done once, as a host that stands keeps it: the note of a descriptor of nothing. */
import { O } from "../../abi/mod.ts";
import type { Fingerprint, Nursery, Place } from "../../nursery/mod.ts";
import { SALT } from "../../service/canonical.ts";
import type { HeldNote } from "../../service/legacy_held.ts";
import { anyStanding, type AtHost, findHeld, holdLong, release } from "./held.ts";
import type { Made } from "./kept.ts";

/** What was done. */
export interface Deed {
  readonly kind: Exclude<HeldNote["kind"], "descriptor">;
  /** In its scope. */
  readonly name: string;
  /** What it depends on, with secrets salted by this. */
  readonly of: (salt: string) => Fingerprint;
}

/** Has a host that stands keep a result, if there is one. */
export async function noteResult<T>(
  nursery: Nursery,
  { kind, name, of }: Deed,
  value: T,
): Promise<Made<T>> {
  const thread = anyStanding(nursery);
  if (!thread) return { value };
  const path = nursery.pathOf(name);
  const held = `once:${path}`;
  const note = { since: nursery.clock.date(), salt: SALT, value: JSON.stringify(value ?? null) };
  const nothing = await thread.open("/dev/null", O.RDONLY);
  try {
    await holdLong(thread, nothing, held, { kind, path, of: of(SALT), ...note });
  } finally {
    await nothing.close();
  }
  return kept({ nursery, host: thread.host, name: held, isOfEarlier: false }, value);
}

/** What an earlier program has kept of it, if it depends on the same. */
export async function findResult<T>(
  place: Place,
  { kind, name, of }: Deed,
): Promise<Made<T> | undefined> {
  const { nursery } = place;
  const path = nursery.pathOf(name);
  const found = await findHeld(place, { kind, path, of, host: undefined });
  if (!found) return undefined;
  const { host, name: held, note: { value } } = found;
  return kept({ nursery, host, name: held, isOfEarlier: true }, JSON.parse(value));
}

function kept<T>(at: AtHost, value: T): Made<T> {
  return { value, close: () => release(at) };
}
