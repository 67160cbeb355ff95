/** Calls of <unistd.h> on names in an open directory. */
import { AT, type RENAME } from "../../abi/mod.ts";
import { defineDescriptorCall, type DescriptorCallFunction } from "../call.ts";
import type { Fd } from "../encoder.ts";
import { shown } from "../names.ts";
import { type PathLike, shownPath } from "../path.ts";
import type { Result } from "../result.ts";
import { checkLength, nothing } from "./arguments.ts";
import { within } from "./within.ts";

/** unlinkat(2); of an empty directory with `AT.REMOVEDIR`. */
export const unlinkat: DescriptorCallFunction<[path: PathLike, flags?: AT], Result<void>> =
  defineDescriptorCall(
    "unlinkat",
    2,
    (e, directory, path, flags = 0) => {
      const what = () => `remove ${within(e, directory, path)}`;
      return e.call("unlinkat", [directory, e.path(path), flags], { what, decode: nothing });
    },
  );

/** linkat(2) from one open directory to another, which may be the same; `flags` as `AT.SYMLINK_FOLLOW`. */
export const linkat: DescriptorCallFunction<
  [path: PathLike, directory: Fd, name: PathLike, flags?: AT],
  Result<void>
> = defineDescriptorCall(
  "linkat",
  4,
  (e, from, path, to, name, flags = 0) => {
    const what = () => `link ${within(e, from, path)} as ${within(e, to, name)}`;
    return e.call("linkat", [from, e.path(path), to, e.path(name), flags], {
      what,
      decode: nothing,
    });
  },
);

/** renameat2(2) from one open directory to another, which may be the same. */
export const renameat: DescriptorCallFunction<
  [path: PathLike, directory: Fd, name: PathLike, flags?: RENAME],
  Result<void>
> = defineDescriptorCall(
  "renameat",
  4,
  (e, from, path, to, name, flags = 0) => {
    const what = () => `rename ${within(e, from, path)} to ${within(e, to, name)}`;
    return e.call("renameat2", [from, e.path(path), to, e.path(name), flags], {
      what,
      decode: nothing,
    });
  },
);

/** symlinkat(2). */
export const symlinkat: DescriptorCallFunction<
  [target: PathLike, path: PathLike],
  Result<void>
> = defineDescriptorCall(
  "symlinkat",
  2,
  (e, directory, target, path) => {
    const what = () => `make symbolic link ${within(e, directory, path)} to ${shownPath(target)}`;
    const args = [e.path(target), directory, e.path(path)];
    return e.call("symlinkat", args, { what, decode: nothing });
  },
);

/** readlinkat(2), of at most `length` bytes; what is not UTF-8 stands as `\xff`. */
export const readlinkat: DescriptorCallFunction<
  [path: PathLike, length?: number],
  Result<string>
> = defineDescriptorCall(
  "readlinkat",
  2,
  (e, directory, path, length = 4096) => {
    const { ref, output } = e.filled(checkLength(length));
    return e.call("readlinkat", [directory, e.path(path), ref, length], {
      what: () => `read symbolic link ${within(e, directory, path)}`,
      decode: (_, answer) => shown(answer.output(output)),
    });
  },
);

/** faccessat(2): fails unless the file can be used in this way (R_OK 4, W_OK 2, X_OK 1). */
export const faccessat: DescriptorCallFunction<[path: PathLike, mode: number], Result<void>> =
  defineDescriptorCall(
    "faccessat",
    2,
    (e, directory, path, mode) => {
      const what = () => `use ${within(e, directory, path)}`;
      return e.call("faccessat", [directory, e.path(path), mode], { what, decode: nothing });
    },
  );

/** fchownat(2); -1 leaves the user or group as it is. */
export const fchownat: DescriptorCallFunction<
  [path: PathLike, uid: number, gid: number, options?: { followSymlink?: boolean }],
  Result<void>
> = defineDescriptorCall(
  "fchownat",
  4,
  (e, directory, path, uid, gid, options = {}) => {
    const flags = options.followSymlink === false ? AT.SYMLINK_NOFOLLOW : 0;
    return e.call("fchownat", [directory, e.path(path), uid, gid, flags], {
      what: () => `change the owner of ${within(e, directory, path)}`,
      decode: nothing,
    });
  },
);

/** fchdir(2): of this thread only; a clone and a service start where it stands. */
export const fchdir: DescriptorCallFunction<[], Result<void>> = defineDescriptorCall(
  "fchdir",
  0,
  (e, fd) =>
    e.call("fchdir", [fd], {
      what: () => `change directory to ${e.label(fd)}`,
      decode: nothing,
    }),
);
