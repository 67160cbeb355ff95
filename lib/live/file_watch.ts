/**
 * Waiting for files to be changed. Their directories are watched, and not they: an editor that writes a new
 * file and renames it leaves nothing to be seen at the old one. What is changed in pieces is one change: it is
 * over when nothing has happened for {@linkcode QUIET}.
 */
import { dirname } from "node:path/posix";
import type { Clock, Milliseconds } from "../clock/mod.ts";

/** How long nothing must happen until a change is over. */
export const QUIET: Milliseconds = 20;

/** Watches files, wherever they are, whether they are there or not. */
export class FileWatch implements Disposable {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #paths = new Set<string>();
  readonly #directories = new Set<string>();
  readonly #watchers = new Set<Deno.FsWatcher>();
  #changed = unsettled();
  #events = 0;

  /** @param signal Ends it. */
  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort);
  }

  /** Watches these, too. Nobody knows what has happened to those that are new, so that is told as a change. */
  add(paths: Iterable<string>): void {
    const directories = new Set<string>();
    for (const path of paths) {
      if (this.#paths.has(path) && this.#directories.has(dirname(path))) continue;
      this.#paths.add(path);
      directories.add(this.#directoryOf(path));
    }
    const more = directories.difference(this.#directories);
    if (more.size === 0) return;
    this.#watch(more);
    this.look();
  }

  /** Tells of a change that nobody has made. */
  look(): void {
    this.#events++;
    this.#changed.resolve();
  }

  /**
   * Settles when something has changed since the last call, or since the beginning, and it is over.
   *
   * @returns When it began.
   * @throws The signal's reason.
   */
  async changed(): Promise<Milliseconds> {
    this.#signal.throwIfAborted();
    await this.#changed.promise;
    const begin = this.#clock.now();
    for (let seen = -1; seen !== this.#events;) {
      seen = this.#events;
      await this.#clock.sleep(QUIET, { signal: this.#signal });
    }
    this.#changed = unsettled();
    return begin;
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
    for (const watcher of this.#watchers) watcher.close();
  }

  /** The directory to watch for a file: of one that is missing, so that it is seen when that is made. */
  #directoryOf(path: string): string {
    const directory = dirname(path);
    if (directory === path || isDirectory(directory)) return directory;
    this.#paths.add(directory);
    return this.#directoryOf(directory);
  }

  #watch(directories: ReadonlySet<string>): void {
    for (const directory of directories) this.#directories.add(directory);
    try {
      const watcher = Deno.watchFs([...directories], { recursive: false });
      this.#watchers.add(watcher);
      void this.#follow(watcher);
    } catch (error) {
      for (const directory of directories) this.#directories.delete(directory);
      // If one was removed just now, who looks again watches what is there then.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async #follow(watcher: Deno.FsWatcher): Promise<void> {
    for await (const { kind, paths } of watcher) {
      // Reading is no change. A directory that is gone has to be watched again when it is back.
      if (kind === "access") continue;
      const isGone = (kind === "remove" || kind === "rename") &&
        paths.some((path) => this.#directories.delete(path));
      if (isGone || paths.some((path) => this.#paths.has(path))) this.look();
    }
  }

  readonly #onAbort = () => this.#changed.reject(this.#signal.reason);
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** A promise that may be rejected while nobody waits for it. */
function unsettled(): PromiseWithResolvers<void> {
  const made = Promise.withResolvers<void>();
  made.promise.catch(() => {});
  return made;
}
