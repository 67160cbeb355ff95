/** Calls of <fcntl.h>: opening files, and their descriptors. */
import type { Result } from "../result.ts";
import type { FileDescriptor } from "../descriptor.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import { AT, F, O, type S } from "../../abi/mod.ts";
import { type PathLike, shownPath } from "../path.ts";

/** openat(2) from the working directory; always close-on-exec. */
export const open: CallFunction<[path: PathLike, flags: O, mode?: S], Result<FileDescriptor>> =
  defineCall(
    "open",
    3,
    (e, path, flags, mode = 0o666) => {
      const real = e.host.abi.openFlags(flags | O.CLOEXEC);
      const what = () => `open ${shownPath(path)}`;
      const fd = e.call("openat", [AT.FDCWD, e.path(path), real, mode], { what, opens: "result" });
      return e.descriptor(fd, shownPath(path));
    },
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
