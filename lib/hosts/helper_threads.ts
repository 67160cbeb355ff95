/**
 * Threads that wait in kernel calls so that nothing else of their host has to.
 *
 * They are clones of the host's first thread, but hold none of its descriptors: a copy of the writing
 * end of a pipe, held by a thread that nobody knows of, would keep the pipe's reader from its end.
 */
import { SyscallError } from "../agent/mod.ts";
import type { Thread } from "../thread/mod.ts";

/** Idle threads that are kept for the next user. */
const MOST_IDLE = 4;

async function closeAll(thread: Thread): Promise<void> {
  try {
    await thread.syscall("close_range", 3, 0xffff_ffff, 0);
  } catch (error) {
    if (!(error instanceof SyscallError) || error.code !== "ENOSYS") throw error;
    await closeEach(thread);
  }
}

/** For kernels before 5.9. The descriptor of the listing itself is gone by the time it is closed. */
async function closeEach(thread: Thread): Promise<void> {
  for (const { name } of await thread.readDirectory("/proc/self/fd")) {
    if (Number(name) >= 3) await thread.syscall("close", Number(name)).catch(() => {});
  }
}

/** The helper threads of one host. They end with it. */
export class HelperThreads {
  readonly #origin: Thread;
  readonly #idle: Thread[] = [];
  #root: Promise<Thread> | undefined;

  constructor(origin: Thread) {
    this.#origin = origin;
  }

  /** A new thread, which is the caller's. */
  async clone(): Promise<Thread> {
    const root = await (this.#root ??= this.#makeRoot());
    return await root.clone();
  }

  /**
   * Runs `task` on a thread that nobody else uses meanwhile. The thread is kept for the next task if
   * this one succeeds; else it is ended, and what it had opened is closed by that.
   */
  async run<T>(task: (thread: Thread) => Promise<T>): Promise<T> {
    const thread = this.#idle.pop() ?? await this.clone();
    let kept = false;
    try {
      const result = await task(thread);
      kept = this.#idle.length < MOST_IDLE;
      if (kept) this.#idle.push(thread);
      return result;
    } finally {
      // Not waited for: a refused connection is told of without another round trip.
      if (!kept) thread[Symbol.asyncDispose]().catch(() => {});
    }
  }

  /** The thread that the others are cloned from: the host's first thread may be blocked by its users. */
  async #makeRoot(): Promise<Thread> {
    try {
      const root = await this.#origin.clone();
      await closeAll(root);
      return root;
    } catch (error) {
      this.#root = undefined;
      throw error;
    }
  }
}
