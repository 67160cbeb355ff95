/**
 * A program whose modules are loaded again when they are saved, in the same process. What does not load
 * changes nothing.
 */
import { assetStamp, filePath } from "../assets/mod.ts";
import { type Clock, type Milliseconds, seconds, systemClock, within } from "../clock/mod.ts";
import { FileWatch } from "./file_watch.ts";
import { Generation } from "./generation.ts";
import { handedOver } from "./hand_over.ts";
import { Imports } from "./imports.ts";
import { Intervals } from "./intervals.ts";
import type { Source } from "./source.ts";
import { Stacks } from "./stacks.ts";

/** How long modules may wait at their top level. */
const LONGEST = seconds(10);

/** What a save has led to. */
export type Change<T> =
  /** The files as they are at the beginning: what is saved from now on leads to the others. */
  | { readonly kind: "watching" }
  | Loaded<T>
  /** They cannot be loaded. */
  | { readonly kind: "broken"; readonly error: unknown }
  /** They could not be, and are again as they run. */
  | { readonly kind: "mended" };

/** The modules were loaded. */
export interface Loaded<T> {
  readonly kind: "loaded";
  /** What they gave to `main`. */
  readonly value: T;
  /** When the change began, by the clock. */
  readonly since: Milliseconds;
  /** Where intervals were begun that modules of earlier saves have left behind. */
  readonly intervals: readonly string[];
}

/** What a {@linkcode LiveModule} is told. */
export interface LiveOptions {
  /** @default the machine's time */
  readonly clock?: Clock;
  /**
   * Other files whose change is one of the program, each with its `assetStamp` when it was read; asked for
   * each time that changes are looked for.
   */
  readonly also?: () => Iterable<readonly [URL, string]>;
}

/** A program's modules, beginning with the one that it was started with. */
export class LiveModule<T> {
  readonly #main: URL;
  readonly #clock: Clock;
  readonly #also: () => Iterable<readonly [URL, string]>;
  readonly #sources = new Map<string, Source>();
  /** What runs: nothing if what was there at the beginning could not be loaded. */
  #running: Generation | undefined;
  /** The other files that belong to it, as they were when they were seen first. */
  #stamps = new Map<string, string>();
  #isBroken = false;
  #files: FileWatch | undefined;

  /** @param main The first module, a file. */
  constructor(main: URL, { clock = systemClock, also = () => [] }: LiveOptions = {}) {
    this.#main = main;
    this.#clock = clock;
    this.#also = also;
  }

  /** Looks again for files that belong to the program, as when it has started more. */
  look(): void {
    this.#files?.look();
  }

  /**
   * What saves lead to, from now on. The next is looked for when the one before was taken.
   *
   * @throws The signal's reason.
   */
  async *changes(signal: AbortSignal): AsyncGenerator<Change<T>, never> {
    using files = new FileWatch(this.#clock, signal);
    using stacks = new Stacks();
    using intervals = new Intervals();
    this.#files = files;
    const imports = await Imports.make();
    for (let number = 0, since = this.#clock.now();; number++, since = await files.changed()) {
      const generation = new Generation(number, this.#main, imports, this.#sources);
      stacks.add(generation);
      const change = await this.#change(generation, { files, intervals, since });
      if (change !== undefined) yield change;
    }
  }

  async #change(
    generation: Generation,
    { files, intervals, since }: { files: FileWatch; intervals: Intervals; since: Milliseconds },
  ): Promise<Change<T> | undefined> {
    try {
      if (this.#running && await this.#isCurrent(this.#running, files)) return this.#mended();
      await generation.load().finally(() => files.add(paths(generation.files)));
      if (generation.number === 0) {
        await this.#keep(generation, files);
        return { kind: "watching" };
      }
      const left = intervals.living;
      const value = await intervals.counting(() => this.#evaluate(generation)) as T;
      await this.#keep(generation, files);
      return { kind: "loaded", value, since, intervals: left };
    } catch (error) {
      this.#isBroken = true;
      return { kind: "broken", error };
    }
  }

  async #keep(generation: Generation, files: FileWatch): Promise<void> {
    this.#running = generation;
    this.#stamps = await this.#stampsFor(generation, files);
    this.#isBroken = false;
  }

  #mended(): Change<T> | undefined {
    if (!this.#isBroken) return undefined;
    this.#isBroken = false;
    return { kind: "mended" };
  }

  async #isCurrent(running: Generation, files: FileWatch): Promise<boolean> {
    const now = await this.#stampsFor(running, files);
    const read = Array.from(this.#also(), ([{ href }, stamp]) => [href, stamp] as const);
    this.#stamps = new Map([...now, ...read, ...this.#stamps]);
    const isSame = [...this.#stamps].every(([href, stamp]) => stamp === (now.get(href) ?? stamp));
    return isSame && await running.isCurrent();
  }

  /** How the files are that are no modules, or were imported later. */
  async #stampsFor(generation: Generation, files: FileWatch): Promise<Map<string, string>> {
    const urls = [...generation.named, ...Array.from(this.#also(), ([url]) => url)];
    files.add(paths([...generation.files, ...urls]));
    const missing = "";
    const stamps = urls.map(async (url): Promise<[string, string]> => [
      url.href,
      await assetStamp(url).catch(() => missing),
    ]);
    return new Map(await Promise.all(stamps));
  }

  async #evaluate(generation: Generation): Promise<unknown> {
    const value = handedOver(() => generation.evaluate());
    if (await within(this.#clock, LONGEST, value)) return await value;
    value.catch(() => {});
    throw new Error(
      `It has waited for ${LONGEST / 1000} s at its top level, and has not come to main()`,
    );
  }
}

function paths(urls: readonly URL[]): string[] {
  return urls.filter(({ protocol }) => protocol === "file:").map(filePath);
}
