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
  /** By directory; Deno has one inotify(7) for all of them. */
  readonly #watchers = new Map<string, Deno.FsWatcher>();
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
    const before = this.#watchers.size;
    for (const path of paths) {
      if (this.#paths.has(path) && this.#watchers.has(dirname(path))) continue;
      this.#paths.add(path);
      this.#watch(this.#directoryOf(path));
    }
    if (this.#watchers.size > before) this.look();
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
    for (const watcher of this.#watchers.values()) watcher.close();
  }

  /** The directory to watch for a file: of one that is missing, so that it is seen when that is made. */
  #directoryOf(path: string): string {
    const directory = dirname(path);
    if (directory === path || isDirectory(directory)) return directory;
    this.#paths.add(directory);
    return this.#directoryOf(directory);
  }

  #watch(directory: string): void {
    if (this.#watchers.has(directory)) return;
    try {
      const watcher = Deno.watchFs(directory, { recursive: false });
      this.#watchers.set(directory, watcher);
      void this.#follow(watcher);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      // It was removed just now; who looks again watches what is there then.
      this.look();
    }
  }

  async #follow(watcher: Deno.FsWatcher): Promise<void> {
    for await (const { kind, paths } of watcher) {
      if (kind === "access") continue;
      const isGone = (kind === "remove" || kind === "rename") &&
        paths.some((path) => this.#leave(path));
      if (isGone || paths.some((path) => this.#paths.has(path))) this.look();
    }
  }

  /** A directory that is gone has to be watched anew when it is back. */
  #leave(directory: string): boolean {
    const watcher = this.#watchers.get(directory);
    watcher?.close();
    return this.#watchers.delete(directory);
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
