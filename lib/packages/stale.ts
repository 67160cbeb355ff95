/** What deploys write to, the lock on it, and what interrupted ones have left. */
import { O } from "../abi/mod.ts";
import { SyscallError } from "../agent/mod.ts";
import type { FileDescriptor, Path, Thread } from "../thread/mod.ts";

const PREFIX = ".making-";
/** flock(2): LOCK_EX | LOCK_NB. */
const LOCK_NOW = 2 | 4;
/** Seconds between making a directory and its lock that nobody needs. */
const GRACE = 60;

/** A new name for a directory that a package is written to. */
export function makingName(): string {
  return `${PREFIX}${crypto.randomUUID()}`;
}

/**
 * Locks a directory that is written to, until what this returns is closed, and removes those that
 * interrupted deploys have left. A file system without locks keeps them: nothing tells there who is done.
 */
export async function lockAndSweep(
  thread: Thread,
  store: Path,
  making: Path,
): Promise<FileDescriptor | undefined> {
  const lock = await tryLock(thread, making);
  if (lock) await sweep(thread, store, making);
  return lock;
}

async function tryLock(thread: Thread, path: Path): Promise<FileDescriptor | undefined> {
  const fd = await thread.open(path, O.RDONLY | O.DIRECTORY | O.NOFOLLOW);
  try {
    await thread.syscall("flock", fd.number, LOCK_NOW);
    return fd;
  } catch (error) {
    await fd.close();
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}

async function sweep(thread: Thread, store: Path, making: Path): Promise<void> {
  const now = (await thread.stat(making)).mtime;
  const others = (await thread.readDirectory(store))
    .filter(({ name }) => name.startsWith(PREFIX) && name !== making.name)
    .map(({ name }) => store.join(name));
  await Promise.all(others.map(async (other) => {
    try {
      if (now - (await thread.stat(other, { followSymlink: false })).mtime < GRACE) return;
      await using lock = await tryLock(thread, other);
      if (lock) await thread.removeTree(other);
    } catch (error) {
      // Somebody else removes it, too.
      if (!(error instanceof SyscallError)) throw error;
    }
  }));
}
