/** What a scope has standing, by name, in the order in which it was claimed last. */
import { Entry, type EntryOwner, stopTogether } from "./entry.ts";

/** The entries of a scope. */
export class Roll {
  readonly #owner: EntryOwner;
  #entries = new Map<string, Entry>();

  constructor(owner: EntryOwner) {
    this.#owner = owner;
  }

  /** All, those that were claimed in the last run that succeeded first. */
  get all(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  /** The entry of a name, made if there is none. */
  entry(name: string): Entry {
    let entry = this.#entries.get(name);
    if (!entry) this.#entries.set(name, entry = new Entry(this.#owner, name));
    return entry;
  }

  find(path: string): Entry | undefined {
    return this.all.find((entry) => entry.path === path);
  }

  /** The entry and all that were claimed after it; all if there is none. */
  from(entry: Entry | undefined): readonly Entry[] {
    const { all } = this;
    return entry ? all.slice(all.indexOf(entry)) : all;
  }

  /** Stops all that were not claimed; from now on there is what was, in this order. */
  async keep(claimed: readonly Entry[]): Promise<void> {
    const kept = new Set(claimed);
    await this.#drop(this.all.filter((entry) => !kept.has(entry)));
    this.#entries = new Map(claimed.map((entry) => [entry.name, entry]));
    for (const entry of claimed) entry.kept = entry.made;
  }

  /** Goes back to what there was when a run last succeeded. */
  async restore(): Promise<void> {
    await this.#drop(this.all.filter(({ kept }) => kept === undefined));
    for (const entry of this.all) await entry.restore();
  }

  async #drop(entries: readonly Entry[]): Promise<void> {
    await Promise.all(entries.map((entry) => entry.unmake()));
    await stopTogether(this.#owner, entries);
    for (const entry of entries) {
      if (entry.made) this.#owner.touch(`${entry.path} was stopped`);
      entry.forget();
      this.#entries.delete(entry.name);
    }
  }

  /** Ends all that stands. */
  async stop(): Promise<void> {
    await this.#drop(this.all);
  }
}
