/** Calls of <sys/mount.h>. */
import type { MNT, MS } from "../../abi/mod.ts";
import { type CallFunction, defineCall } from "../call.ts";
import { type PathLike, shownPath } from "../path.ts";
import type { Result } from "../result.ts";
import { nothing } from "./arguments.ts";

/** mount(2). */
export const mount: CallFunction<
  [source: PathLike, target: PathLike, type: string, flags?: MS, data?: string],
  Result<void>
> = defineCall(
  "mount",
  5,
  (e, source, target, type, flags = 0, data = "") => {
    const strings = [e.path(source), e.path(target), e.cstring(type)];
    return e.call("mount", [...strings, flags, e.cstring(data)], {
      what: () => `mount ${shownPath(source) || type} on ${shownPath(target)}`,
      decode: nothing,
    });
  },
);

/** umount2(2). */
export const umount: CallFunction<[target: PathLike, flags?: MNT], Result<void>> = defineCall(
  "umount",
  2,
  (e, target, flags = 0) => {
    const what = () => `unmount ${shownPath(target)}`;
    return e.call("umount2", [e.path(target), flags], { what, decode: nothing });
  },
);
