/**
 * What deploys write to, the lock on it, and what interrupted ones have left.
 *
 * A directory is locked in the same batch that makes it, and the kernel drops the lock however a deploy
 * ends. So the lock alone decides: what is not locked is nobody's. A deploy whose directory was taken by
 * another one's sweep, between the two calls, begins again under another name.
 */
import { LOCK, O } from "../abi/mod.ts";
import { SyscallError } from "../agent/mod.ts";
import type { Batch, FileDescriptor, Path, Result, Thread } from "../thread/mod.ts";

const PREFIX = ".making-";
const EWOULDBLOCK = 11;
const LOCK_NOW = LOCK.EX | LOCK.NB;

/** A new name for a directory that a package is written to. */
export function makingName(): string {
  return `${PREFIX}${crypto.randomUUID()}`;
}

/** A directory as a batch makes and locks it. */
export interface Making {
  /** The lock is held as long as this is open. */
  readonly fd: Result<FileDescriptor>;
  /** What flock(2) said, as {@linkcode isTaken} reads it. */
  readonly lock: Result<number>;
}

/** Makes and locks a directory that is written to. */
export function addMaking(b: Batch, path: Path): Making {
  b.mkdir(path, 0o700);
  const fd = b.open(path, O.RDONLY | O.DIRECTORY | O.NOFOLLOW);
  const what = `lock ${path}`;
  const locked = b.proceeding(() => b.call("flock", [fd, LOCK_NOW], { what }));
  return { fd, lock: b.derived(locked, (answer) => answer.result(locked.argument.value)) };
}

/** Whether somebody else had the lock, and so removes the directory. */
export function isTaken(lock: number): boolean {
  return lock === -EWOULDBLOCK;
}

/**
 * Removes what interrupted deploys have left in a store. A file system without locks keeps them: nothing
 * tells there who is done.
 */
export async function sweep(thread: Thread, store: Path): Promise<void> {
  const others = (await thread.readDirectory(store))
    .filter(({ name }) => name.startsWith(PREFIX))
    .map(({ name }) => store.join(name));
  await Promise.all(others.map(async (other) => {
    try {
      await using lock = await tryLock(thread, other);
      if (lock) await thread.removeTree(other);
    } catch (error) {
      // Somebody else removes it, too.
      if (!(error instanceof SyscallError)) throw error;
    }
  }));
}

async function tryLock(thread: Thread, path: Path): Promise<FileDescriptor | undefined> {
  const fd = await thread.open(path, O.RDONLY | O.DIRECTORY | O.NOFOLLOW);
  try {
    await fd.flock(LOCK_NOW);
    return fd;
  } catch (error) {
    await fd.close();
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}
