/** Calls of <unistd.h> on names of files. */
import type { Result } from "../result.ts";
import { type CallFunction, defineCall } from "../call.ts";
import { AT } from "../../abi/mod.ts";
import { shown } from "../names.ts";
import { type PathLike, shownPath } from "../path.ts";
import { checkLength, checkNatural, nothing } from "./arguments.ts";

/** unlinkat(2) of a file. */
export const unlink: CallFunction<[path: PathLike], Result<void>> = defineCall(
  "unlink",
  1,
  (e, path) => {
    const what = () => `remove ${shownPath(path)}`;
    return e.call("unlinkat", [AT.FDCWD, e.path(path), 0], { what, decode: nothing });
  },
);

/** unlinkat(2) of an empty directory. */
export const rmdir: CallFunction<[path: PathLike], Result<void>> = defineCall(
  "rmdir",
  1,
  (e, path) => {
    const what = () => `remove directory ${shownPath(path)}`;
    return e.call("unlinkat", [AT.FDCWD, e.path(path), AT.REMOVEDIR], { what, decode: nothing });
  },
);

/**
 * linkat(2): another name of a file. A file of `O.TMPFILE` gets its name by `/proc/self/fd/N` with
 * `followSymlink`.
 */
export const link: CallFunction<
  [from: PathLike, to: PathLike, options?: { followSymlink?: boolean }],
  Result<void>
> = defineCall(
  "link",
  3,
  (e, from, to, options = {}) => {
    const flags = options.followSymlink ? AT.SYMLINK_FOLLOW : 0;
    const what = () => `link ${shownPath(from)} as ${shownPath(to)}`;
    const args = [AT.FDCWD, e.path(from), AT.FDCWD, e.path(to), flags];
    return e.call("linkat", args, { what, decode: nothing });
  },
);

/** symlinkat(2). */
export const symlink: CallFunction<[target: PathLike, path: PathLike], Result<void>> = defineCall(
  "symlink",
  2,
  (e, target, path) => {
    const what = () => `make symbolic link ${shownPath(path)}`;
    return e.call("symlinkat", [e.path(target), AT.FDCWD, e.path(path)], { what, decode: nothing });
  },
);

/** readlinkat(2), of at most `length` bytes; what is not UTF-8 stands as `\xff`. */
export const readlink: CallFunction<[path: PathLike, length?: number], Result<string>> = defineCall(
  "readlink",
  2,
  (e, path, length = 4096) => {
    const { ref, output } = e.filled(checkLength(length));
    return e.call("readlinkat", [AT.FDCWD, e.path(path), ref, length], {
      what: () => `read symbolic link ${shownPath(path)}`,
      decode: (_, answer) => shown(answer.output(output)),
    });
  },
);

/** faccessat(2): fails unless the file can be used in this way (R_OK 4, W_OK 2, X_OK 1). */
export const access: CallFunction<[path: PathLike, mode: number], Result<void>> = defineCall(
  "access",
  2,
  (e, path, mode) => {
    const what = () => `use ${shownPath(path)}`;
    return e.call("faccessat", [AT.FDCWD, e.path(path), mode], { what, decode: nothing });
  },
);

/** fchownat(2); -1 leaves the user or group as it is. */
export const chown: CallFunction<
  [path: PathLike, uid: number, gid: number, options?: { followSymlink?: boolean }],
  Result<void>
> = defineCall(
  "chown",
  4,
  (e, path, uid, gid, options = {}) => {
    const flags = options.followSymlink === false ? AT.SYMLINK_NOFOLLOW : 0;
    const what = () => `change the owner of ${shownPath(path)}`;
    return e.call("fchownat", [AT.FDCWD, e.path(path), uid, gid, flags], { what, decode: nothing });
  },
);

/** truncate(2). */
export const truncate: CallFunction<[path: PathLike, length: number], Result<void>> = defineCall(
  "truncate",
  2,
  (e, path, length) => {
    const what = () => `truncate ${shownPath(path)} to ${length}`;
    const args = [e.path(path), checkNatural(length, "A length")];
    return e.call("truncate", args, { what, decode: nothing });
  },
);

/** chdir(2): of this thread only; a clone and a service start where it stands. */
export const chdir: CallFunction<[path: PathLike], Result<void>> = defineCall(
  "chdir",
  1,
  (e, path) => {
    const what = () => `change directory to ${shownPath(path)}`;
    return e.call("chdir", [e.path(path)], { what, decode: nothing });
  },
);

/** getcwd(2). */
export const getcwd: CallFunction<[], Result<string>> = defineCall(
  "getcwd",
  0,
  (e) => {
    const { ref, output } = e.filled(4096);
    return e.call("getcwd", [ref, 4096], {
      what: "get the working directory",
      decode: (_, answer) => shown(answer.output(output).subarray(0, -1)),
    });
  },
);

/** chroot(2). */
export const chroot: CallFunction<[path: PathLike], Result<void>> = defineCall(
  "chroot",
  1,
  (e, path) => {
    const what = () => `change root to ${shownPath(path)}`;
    return e.call("chroot", [e.path(path)], { what, decode: nothing });
  },
);

/** pivot_root(2). */
export const pivotRoot: CallFunction<[root: PathLike, old: PathLike], Result<void>> = defineCall(
  "pivotRoot",
  2,
  (e, root, old) => {
    const what = () => `make ${shownPath(root)} the root`;
    return e.call("pivot_root", [e.path(root), e.path(old)], { what, decode: nothing });
  },
);
