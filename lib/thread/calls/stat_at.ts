/** Calls of <sys/stat.h> on names in an open directory. */
import { AT, type S } from "../../abi/mod.ts";
import { defineDescriptorCall, type DescriptorCallFunction } from "../call.ts";
import type { Metadata } from "../metadata.ts";
import type { PathLike } from "../path.ts";
import type { Result } from "../result.ts";
import { nothing } from "./arguments.ts";
import { statx } from "./stat.ts";
import { within } from "./within.ts";

/** statx(2) of what is at a path from the open directory. */
export const fstatat: DescriptorCallFunction<
  [path: PathLike, options?: { followSymlink?: boolean }],
  Result<Metadata>
> = defineDescriptorCall(
  "fstatat",
  2,
  (e, directory, path, options = {}) => {
    const flags = options.followSymlink === false ? AT.SYMLINK_NOFOLLOW : 0;
    const what = () => `look at ${within(e, directory, path)}`;
    return statx(e, [directory, e.path(path), flags], what);
  },
);

/** mkdirat(2). */
export const mkdirat: DescriptorCallFunction<[path: PathLike, mode?: S], Result<void>> =
  defineDescriptorCall(
    "mkdirat",
    2,
    (e, directory, path, mode = 0o777) => {
      const what = () => `make directory ${within(e, directory, path)}`;
      return e.call("mkdirat", [directory, e.path(path), mode], { what, decode: nothing });
    },
  );

/** fchmodat(2). */
export const fchmodat: DescriptorCallFunction<[path: PathLike, mode: S], Result<void>> =
  defineDescriptorCall(
    "fchmodat",
    2,
    (e, directory, path, mode) => {
      const what = () => `change the mode of ${within(e, directory, path)}`;
      return e.call("fchmodat", [directory, e.path(path), mode], { what, decode: nothing });
    },
  );

/** mknodat(2); `device` is that of a device file. */
export const mknodat: DescriptorCallFunction<
  [path: PathLike, mode: S, device?: { readonly major: number; readonly minor: number }],
  Result<void>
> = defineDescriptorCall(
  "mknodat",
  3,
  (e, directory, path, mode, { major, minor } = { major: 0, minor: 0 }) => {
    const what = () => `make ${within(e, directory, path)}`;
    // The kernel's layout of a device number: 12 bits of major between the bits of minor.
    const device = (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
    const args = [directory, e.path(path), mode, device];
    return e.call("mknodat", args, { what, decode: nothing });
  },
);
