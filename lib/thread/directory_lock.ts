/**
 * Locks on directories: what may run only once takes one, and the kernel frees it however its holder ends.
 *
 * The lock is flock(2) on the directory itself, so nothing is written there. It is held by a thread that is
 * made for it and that nothing is cloned from: so no other process has a copy of the descriptor, which would
 * keep the lock. That thread has a memory file, too, in which others find whose it is.
 */
import { basename } from "node:path/posix";
import { LOCK, O } from "../abi/mod.ts";
import { SyscallError } from "../agent/mod.ts";
import { printable } from "../logs/mod.ts";
import type { CallOptions } from "./call.ts";
import { readlink } from "./calls/unistd_files.ts";
import type { FileDescriptor } from "./descriptor.ts";
import { type PathLike, shownPath } from "./path.ts";
import type { SyscallThread } from "./runner.ts";

/** How a lock is taken. */
export interface LockOptions extends CallOptions {
  /**
   * Whether it waits until the lock is free, or `signal` is aborted; else it fails at once.
   *
   * @default false
   */
  wait?: boolean;
}

/** Who holds a lock, as far as that can be seen from the host. */
export interface LockHolder {
  /** The process on the host that has the lock. */
  readonly pid: number;
  /** The program that it is of: "pid 4711 on desk: main.ts up"; or what the process says that it runs. */
  readonly command: string | undefined;
}

/** Somebody else holds the lock of a directory. */
export class LockedError extends Error {
  override readonly name = "LockedError";
  readonly directory: string;
  readonly host: string;
  /** Undefined if the holder is not to be seen, as from a container. */
  readonly holder: LockHolder | undefined;

  constructor(
    { directory, host, holder }: Pick<LockedError, "directory" | "host" | "holder">,
    options?: ErrorOptions,
  ) {
    const { pid, command } = holder ?? {};
    const by = pid === undefined
      ? "by a process that cannot be seen from here"
      : `by process ${pid}${command ? `, ${command}` : ""}`;
    super(`${directory} on host ${host} is locked ${by}: it may be used once at a time`, options);
    this.directory = directory;
    this.host = host;
    this.holder = holder;
  }
}

/** A thread that is ended when it is disposed. */
export interface LockThread extends SyscallThread, AsyncDisposable {
  unheld(): Promise<FileDescriptor[]>;
}

/** A directory that is locked until this is disposed, or the host or the program ends. */
export class DirectoryLock implements AsyncDisposable {
  readonly directory: string;
  readonly #holder: LockThread;

  /** @param holder The thread that has the lock, and nothing else. */
  constructor(directory: string, holder: LockThread) {
    this.directory = directory;
    this.#holder = holder;
  }

  /** Whether it is locked still: somebody may have killed the process that has the lock. */
  get isHeld(): boolean {
    return this.#holder.isUsable;
  }

  /** Frees the lock. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder[Symbol.asyncDispose]();
  }
}

const RECORD = "bailiwick-lock";
const MOST_COMMAND = 200;

/** Locks a directory by a thread that is made for it, and ends that if it cannot. */
export async function lockDirectory(
  holder: LockThread,
  directory: PathLike,
  { wait = false, signal }: LockOptions,
): Promise<DirectoryLock> {
  const shown = shownPath(directory);
  try {
    const inherited = await holder.unheld();
    const { fd, metadata } = await holder.batch((b) => {
      const fd = b.open(directory, O.RDONLY | O.DIRECTORY);
      for (const other of inherited) b.close(other);
      b.writeAll(b.memfd(RECORD), ownCommand());
      return { fd, metadata: b.fstat(fd) };
    }, { signal });
    try {
      await fd.flock(wait ? LOCK.EX : LOCK.EX | LOCK.NB, { signal });
    } catch (cause) {
      if (!(cause instanceof SyscallError && cause.code === "EAGAIN")) throw cause;
      const found = await findHolder(holder, metadata.inode);
      const { name: host } = holder.host;
      throw new LockedError({ directory: shown, host, holder: found }, { cause });
    }
    return new DirectoryLock(shown, holder);
  } catch (error) {
    await holder[Symbol.asyncDispose]();
    throw error;
  }
}

/** Who this program is, to those that want the lock. */
function ownCommand(): string {
  const words = [basename(Deno.mainModule), ...Deno.args].join(" ");
  return `pid ${Deno.pid} on ${Deno.hostname()}: ${words}`;
}

/** The process that has a lock on an inode, by proc_locks(5). */
async function findHolder(thread: SyscallThread, inode: bigint): Promise<LockHolder | undefined> {
  const locks = await thread.readTextFile("/proc/locks");
  const held = new RegExp(`^\\d+: FLOCK +\\S+ +WRITE (\\d+) \\S+:${inode} `, "m").exec(locks);
  const pid = Number(held?.[1] ?? 0);
  return pid === 0 ? undefined : { pid, command: await commandOf(thread, pid) };
}

/** What a holder has written of itself; else its command line. */
async function commandOf(thread: SyscallThread, pid: number): Promise<string | undefined> {
  const text = await recordOf(thread, pid) ?? await thread.readTextFile(`/proc/${pid}/cmdline`)
    .catch(() => "");
  const shown = printable(text.replaceAll("\0", " ").trim());
  return shown.length > MOST_COMMAND ? `${shown.slice(0, MOST_COMMAND)}…` : shown || undefined;
}

async function recordOf(thread: SyscallThread, pid: number): Promise<string | undefined> {
  const directory = `/proc/${pid}/fd`;
  try {
    const numbers = (await thread.readDirectory(directory)).map(({ name }) => name);
    const links = await thread.batch((b) =>
      numbers.map((number) => b.add(readlink(`${directory}/${number}`).tried()))
    );
    const index = links.findIndex((link) => link?.startsWith(`/memfd:${RECORD}`));
    return index < 0 ? undefined : await thread.readTextFile(`${directory}/${numbers[index]}`);
  } catch {
    return undefined; // It is another user's, or has ended.
  }
}
