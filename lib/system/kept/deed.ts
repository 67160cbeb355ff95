/** What is done once: a host that stands keeps that it was, and its result, as the note of a descriptor of nothing. */
import { O } from "../../abi/mod.ts";
import type { Fingerprint, Nursery, Place } from "../../nursery/mod.ts";
import { canonical, SALT } from "../../service/canonical.ts";
import type { HeldNote } from "../../service/legacy_held.ts";
import { anyStanding, type AtHost, findHeld, holdLong, release } from "./held.ts";
import type { KeptOptions, Made } from "./kept.ts";

/** Something that is done once. */
export class Deed {
  readonly #kind: Exclude<HeldNote["kind"], "descriptor">;
  readonly #name: string;
  readonly #key: unknown;
  readonly #text: string;
  /** Whether later programs can know of it. */
  readonly #lasts: boolean;

  /**
   * @param name In its scope.
   * @param key What it depends on.
   */
  constructor(
    nursery: Nursery,
    kind: Exclude<HeldNote["kind"], "descriptor">,
    name: string,
    key: unknown,
  ) {
    const { text, passing } = canonical(key);
    this.#kind = kind;
    this.#name = name;
    this.#key = key;
    this.#text = text;
    this.#lasts = nursery.keeper !== undefined && passing.size === 0;
  }

  /** What is claimed, but for how it is done. */
  claim<T>(): Omit<KeptOptions<T>, "make" | "suppose"> {
    return {
      kind: this.#kind,
      name: this.#name,
      fingerprint: { key: this.#text },
      salted: (salt) => this.#of(salt),
      ...(this.#lasts && { left: (place: Place) => this.#find<T>(place) }),
    };
  }

  /** It was done: has a host that stands keep its result, if there is one. */
  async note<T>(nursery: Nursery, value: T): Promise<Made<T>> {
    const thread = this.#lasts ? anyStanding(nursery) : undefined;
    if (!thread) return { value };
    const path = nursery.pathOf(this.#name);
    const held = `once:${path}`;
    const note = { since: nursery.clock.date(), salt: SALT, value: JSON.stringify(value) };
    const nothing = await thread.open("/dev/null", O.RDONLY);
    try {
      await holdLong(thread, nothing, held, {
        ...{ kind: this.#kind, path, of: this.#of(SALT) },
        ...note,
      });
    } finally {
      await nothing.close();
    }
    return kept({ nursery, host: thread.host, name: held, isOfEarlier: false }, value);
  }

  /** What an earlier program has kept of it, if it depends on the same. */
  async #find<T>(place: Place): Promise<Made<T> | undefined> {
    const { nursery } = place;
    const found = await findHeld(place, {
      ...{ kind: this.#kind, path: nursery.pathOf(this.#name), host: undefined },
      of: (salt) => this.#of(salt),
    });
    if (!found) return undefined;
    const { host, name, note: { value } } = found;
    return kept({ nursery, host, name, isOfEarlier: true }, JSON.parse(value));
  }

  /** What it depends on, with secrets salted by this. */
  #of(salt: string): Fingerprint {
    return { key: canonical(this.#key, salt).text };
  }
}

function kept<T>(at: AtHost, value: T): Made<T> {
  return { value, close: () => release(at) };
}
