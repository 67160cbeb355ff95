/**
 * Where a store can be on a host. Homes may be missing, read-only, full, or mounted so that nothing can
 * be executed from them; places that everybody can write to may hold a trap that somebody else has set.
 */
import { posix } from "node:path";
import { AT, S } from "../abi/mod.ts";
import { SyscallError } from "../agent/mod.ts";
import type { Batch, HostInfo, Path, Thread, User } from "../thread/mod.ts";
import type { PackageContent } from "./content.ts";

const W_OK = 2;
const X_OK = 1;

/** A place cannot hold packages; the message says which, and why. */
export class UnusablePlaceError extends Error {
  override readonly name = "UnusablePlaceError";
}

/** What a host refuses in a place where something else may do. */
const REFUSALS: ReadonlySet<string> = new Set(
  [
    "EACCES",
    "EDQUOT",
    "EEXIST",
    "EIO",
    "ELOOP",
    "ENAMETOOLONG",
    "ENOENT",
    "ENOSPC",
    "ENOTDIR",
    "EPERM",
    "EROFS",
  ],
);

/** The directories of the stores that a host may have, the best first. */
export function storePlaces({ environment, uid, temporary }: HostInfo): string[] {
  const { XDG_CACHE_HOME, HOME } = environment;
  const places = [
    XDG_CACHE_HOME && posix.join(XDG_CACHE_HOME, "bailiwick/store"),
    HOME && posix.join(HOME, ".cache/bailiwick/store"),
    `/var/tmp/bailiwick-${uid}/store`,
    posix.join(temporary, "store"),
  ];
  return [...new Set(places.filter((place) => place && posix.isAbsolute(place)))] as string[];
}

/** Those that a user other than the host's can be let into; the store is that user's group's to read. */
export function userPlaces({ uid: own, temporary }: HostInfo, { uid }: User): string[] {
  return [
    ...(own === 0 ? [`/var/cache/bailiwick/for-${uid}/store`] : []),
    `/var/tmp/bailiwick-${own}-for-${uid}/store`,
    posix.join(temporary, `for-${uid}/store`),
  ];
}

/** Whether a place holds a package that can be used: one round trip. */
export async function isPresent(
  thread: Thread,
  place: string,
  name: string,
  content: PackageContent,
): Promise<boolean> {
  const target = posix.join(place, name);
  try {
    const { uid, ...directories } = await thread.batch((b) => {
      const found = { uid: b.geteuid(), ...statPlace(b, place), target: lstat(b, target) };
      for (const file of content.files) {
        if (file.mode & 0o111) checkExecutable(b, posix.join(target, file.path));
      }
      return found;
    });
    return Object.values(directories).every((directory) => isPrivate(directory, uid));
  } catch (error) {
    if (error instanceof SyscallError) return false;
    throw error;
  }
}

/** The store, and the directory around it, which decides what the store is. */
export function statPlace(b: Batch, place: string) {
  return { around: lstat(b, posix.dirname(place)), store: lstat(b, place) };
}

/** Whether nobody but this user can change what is in a directory. */
export function isPrivate(
  { mode, uid }: { readonly mode: number; readonly uid: number },
  user: number,
): boolean {
  return (mode & S.IFMT) === S.IFDIR && uid === user && (mode & 0o022) === 0;
}

/** faccessat(2): fails for what has no mode to be executed, and on what is mounted noexec. */
export function checkExecutable(b: Batch, path: string): void {
  b.call("faccessat", [AT.FDCWD, b.cstring(path), X_OK], { what: `execute ${path}` });
}

/** Does something in a place; what it refuses means that another place is needed. */
export async function checkPlace<T>(store: Path, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (!(error instanceof SyscallError) || !REFUSALS.has(error.code)) throw error;
    const reason = error.syscall === "faccessat" ? "it is mounted noexec" : error.message;
    throw new UnusablePlaceError(`${store}: ${reason}`, { cause: error });
  }
}

/**
 * Bytes that the user can write below a directory, or below the nearest one above it that is there.
 *
 * @throws {SyscallError} If that cannot be written to.
 */
export async function availableAt(thread: Thread, directory: Path): Promise<number> {
  for (let path = directory;; path = path.parent) {
    try {
      const { available } = await thread.batch((b) => {
        const args = [AT.FDCWD, b.path(path), W_OK | X_OK];
        b.call("faccessat", args, { what: `write below ${path}` });
        return b.statfs(path);
      });
      return available;
    } catch (error) {
      const missing = error instanceof SyscallError && error.code === "ENOENT";
      if (!missing || `${path}` === "/") throw error;
    }
  }
}

function lstat(b: Batch, path: string) {
  return b.stat(path, { followSymlink: false });
}
