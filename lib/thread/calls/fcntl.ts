/** Calls of <fcntl.h>: opening files, and their descriptors. */
import type { Result } from "../result.ts";
import type { FileDescriptor } from "../descriptor.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import { AT, F, O, type S, type SPLICE } from "../../abi/mod.ts";
import type { CallArgument, CallEncoder, Fd } from "../encoder.ts";
import { type PathLike, shownPath } from "../path.ts";
import { checkNatural } from "./arguments.ts";
import { within } from "./within.ts";

/** openat(2) from the working directory; always close-on-exec. */
export const open: CallFunction<[path: PathLike, flags: O, mode?: S], Result<FileDescriptor>> =
  defineCall(
    "open",
    3,
    (e, path, flags, mode = 0o666) => opened(e, AT.FDCWD, path, flags, mode, shownPath(path)),
  );

/** openat(2) from an open directory; always close-on-exec. */
export const openat: DescriptorCallFunction<
  [path: PathLike, flags: O, mode?: S],
  Result<FileDescriptor>
> = defineDescriptorCall(
  "openat",
  3,
  (e, directory, path, flags, mode = 0o666) =>
    opened(e, directory, path, flags, mode, within(e, directory, path)),
);

/** fcntl(2) with a number as its argument. A descriptor that it makes is the caller's to close. */
export const fcntl: DescriptorCallFunction<[command: F, argument?: number], Result<number>> =
  defineDescriptorCall(
    "fcntl",
    2,
    (e, fd, command, argument = 0) => {
      const makes = command === F.DUPFD || command === F.DUPFD_CLOEXEC;
      return e.call("fcntl", [fd, command, argument], {
        what: () => `fcntl ${command} ${e.label(fd)}`,
        ...(makes && { opens: "result" as const }),
      });
    },
  );

/** fcntl(2) F_DUPFD_CLOEXEC: a new descriptor of the same open file, at `least` or above. */
export const dup: DescriptorCallFunction<[least?: number], Result<FileDescriptor>> =
  defineDescriptorCall(
    "dup",
    1,
    (e, fd, least = 0) => {
      const what = () => `duplicate ${e.label(fd)}`;
      const args = [fd, F.DUPFD_CLOEXEC, least];
      return e.descriptor(e.call("fcntl", args, { what, opens: "result" }), fd.label);
    },
  );

/** splice(2) of at most `length` bytes, one end of which is a pipe: returns how many; 0 at the end of file. */
export const splice: DescriptorCallFunction<
  [to: Fd, length: number, flags?: SPLICE],
  Result<number>
> = defineDescriptorCall(
  "splice",
  3,
  (e, fd, to, length, flags = 0) =>
    e.call("splice", [fd, 0, to, 0, checkNatural(length, "A length"), flags], {
      what: () => `splice ${e.label(fd)} to ${e.label(to)}`,
    }),
);

function opened(
  e: CallEncoder,
  directory: CallArgument,
  path: PathLike,
  flags: O,
  mode: S,
  label: string,
): Result<FileDescriptor> {
  const args = [directory, e.path(path), e.host.abi.openFlags(flags | O.CLOEXEC), mode];
  const what = `open ${label}`;
  return e.descriptor(e.call("openat", args, { what, opens: "result" }), label);
}
