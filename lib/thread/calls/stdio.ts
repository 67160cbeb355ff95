/** Calls of <stdio.h>. */
import { AT, type RENAME } from "../../abi/mod.ts";
import { type CallFunction, defineCall } from "../call.ts";
import { type PathLike, shownPath } from "../path.ts";
import type { Result } from "../result.ts";
import { nothing } from "./arguments.ts";

/** renameat2(2). */
export const rename: CallFunction<[from: PathLike, to: PathLike, flags?: RENAME], Result<void>> =
  defineCall(
    "rename",
    3,
    (e, from, to, flags = 0) => {
      const what = () => `rename ${shownPath(from)} to ${shownPath(to)}`;
      const args = [AT.FDCWD, e.path(from), AT.FDCWD, e.path(to), flags];
      return e.call("renameat2", args, { what, decode: nothing });
    },
  );
