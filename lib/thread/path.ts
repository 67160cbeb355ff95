/** Paths on a host. */
import { posix } from "node:path";
import type { HostInfo } from "./host_info.ts";
import type { SyscallThread } from "./syscall_thread.ts";

/** A path in the file system that a thread sees. It is a name: making one touches nothing. */
export class Path {
  readonly #thread: SyscallThread;
  readonly #text: string;

  constructor(thread: SyscallThread, text: string) {
    if (text === "" || text.includes("\0")) {
      throw new RangeError(`Not a path: ${JSON.stringify(text)}`);
    }
    this.#thread = thread;
    this.#text = posix.normalize(text);
  }

  /** The thread that made the path; calls that are given only a path run there. */
  get thread(): SyscallThread {
    return this.#thread;
  }

  /** The path below this one. */
  join(...parts: string[]): Path {
    return new Path(this.#thread, posix.join(this.#text, ...parts));
  }

  get parent(): Path {
    return new Path(this.#thread, posix.dirname(this.#text));
  }

  /** The last component. */
  get name(): string {
    return posix.basename(this.#text);
  }

  toString(): string {
    return this.#text;
  }

  /** @throws {TypeError} If the path is of another host. */
  checkHost(host: HostInfo): void {
    if (host === this.#thread.host) return;
    throw new TypeError(
      `${this.#text} is a path on host ${this.#thread.host.name} and cannot be used on host ` +
        `${host.name}: give a thread of the same host`,
    );
  }
}

/** A new directory that is removed, with all that is in it, when it is disposed or the host is closed. */
export class TemporaryDirectory extends Path {
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.thread.host.lost) return;
    await this.thread.removeTree(this);
  }
}
