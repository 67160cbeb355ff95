/** Calls of <sys/stat.h>: what files are, and their modes. */
import type { Result } from "../result.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import { AT, S, STATX, STRUCT } from "../../abi/mod.ts";
import { PSEUDO } from "../../wire/mod.ts";
import { type CallArgument, type CallEncoder, viewOf, type What } from "../encoder.ts";
import { Metadata } from "../metadata.ts";
import { type PathLike, shownPath } from "../path.ts";
import { nothing } from "./arguments.ts";

/** statx(2). */
export const stat: CallFunction<
  [path: PathLike, options?: { followSymlink?: boolean }],
  Result<Metadata>
> = defineCall(
  "stat",
  2,
  (e, path, options = {}) => {
    const flags = options.followSymlink === false ? AT.SYMLINK_NOFOLLOW : 0;
    return statx(e, [AT.FDCWD, e.path(path), flags], () => `look at ${shownPath(path)}`);
  },
);

/** statx(2) of the open file. */
export const fstat: DescriptorCallFunction<[], Result<Metadata>> = defineDescriptorCall(
  "fstat",
  0,
  (e, fd) => statx(e, [fd, e.cstring(""), AT.EMPTY_PATH], () => `look at ${e.label(fd)}`),
);

/**
 * mkdirat(2). With `existing: "ok"` a directory that is there already is no error, whatever mkdirat(2) said
 * of it (PSEUDO_ENSURE_DIRECTORY); anything else at the path is.
 */
export const mkdir: CallFunction<
  [path: PathLike, mode?: S, options?: { existing?: "ok" }],
  Result<void>
> = defineCall(
  "mkdir",
  3,
  (e, path, mode = 0o777, options = {}) => {
    const what = () => `make directory ${shownPath(path)}`;
    const args = [AT.FDCWD, e.path(path), mode];
    const nr = options.existing === "ok" ? PSEUDO.ENSURE_DIRECTORY : "mkdirat";
    return e.call(nr, args, { name: "mkdirat", what, decode: nothing });
  },
);

/** fchmodat(2). */
export const chmod: CallFunction<[path: PathLike, mode: S], Result<void>> = defineCall(
  "chmod",
  2,
  (e, path, mode) => {
    const what = () => `change the mode of ${shownPath(path)}`;
    return e.call("fchmodat", [AT.FDCWD, e.path(path), mode], { what, decode: nothing });
  },
);

/** mknodat(2) of a FIFO, mkfifo(3). */
export const mkfifo: CallFunction<[path: PathLike, mode?: S], Result<void>> = defineCall(
  "mkfifo",
  2,
  (e, path, mode = 0o666) => {
    const what = () => `make FIFO ${shownPath(path)}`;
    const args = [AT.FDCWD, e.path(path), S.IFIFO | mode, 0];
    return e.call("mknodat", args, { what, decode: nothing });
  },
);

/** fchmod(2). */
export const fchmod: DescriptorCallFunction<[mode: S], Result<void>> = defineDescriptorCall(
  "fchmod",
  1,
  (e, fd, mode) => {
    const what = () => `change the mode of ${e.label(fd)}`;
    return e.call("fchmod", [fd, mode], { what, decode: nothing });
  },
);

/** umask(2): returns the one before. */
export const umask: CallFunction<[mask: S], Result<number>> = defineCall(
  "umask",
  1,
  (e, mask) => e.call("umask", [mask], { what: "set the umask" }),
);

/** statx(2) of a place: a directory, a path from it, and flags. */
export function statx(
  e: CallEncoder,
  place: readonly CallArgument[],
  what: What,
): Result<Metadata> {
  const { ref, output } = e.output(STRUCT.statx.SIZE);
  return e.call("statx", [...place, STATX.BASIC_STATS, ref], {
    what,
    decode: (_, answer) => new Metadata(viewOf(answer.output(output))),
  });
}
