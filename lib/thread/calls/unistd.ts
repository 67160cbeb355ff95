/** Calls of <unistd.h> on descriptors. */
import type { Result } from "../result.ts";
import type { FileDescriptor } from "../descriptor.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import { CLOSE_RANGE, O, SEEK } from "../../abi/mod.ts";
import { checkLength, checkNatural, content, nothing } from "./arguments.ts";

/** read(2): up to `length` bytes, at most about 1 MiB; none at the end of file. */
export const read: DescriptorCallFunction<[length: number], Result<Uint8Array>> =
  defineDescriptorCall(
    "read",
    1,
    (e, fd, length) => {
      const { ref, output } = e.filled(checkLength(length));
      return e.call("read", [fd, ref, length], {
        what: () => `read ${e.label(fd)}`,
        decode: (_, answer) => answer.output(output),
      });
    },
  );

/** pread64(2). */
export const pread: DescriptorCallFunction<[length: number, offset: number], Result<Uint8Array>> =
  defineDescriptorCall(
    "pread",
    2,
    (e, fd, length, offset) => {
      const { ref, output } = e.filled(checkLength(length));
      return e.call("pread64", [fd, ref, length, checkNatural(offset, "An offset")], {
        what: () => `read ${e.label(fd)}`,
        decode: (_, answer) => answer.output(output),
      });
    },
  );

/** write(2): returns how many bytes were written. */
export const write: DescriptorCallFunction<[bytes: Uint8Array | string], Result<number>> =
  defineDescriptorCall(
    "write",
    1,
    (e, fd, bytes) => {
      const data = content(bytes);
      return e.call("write", [fd, e.bytes(data), data.length], {
        what: () => `write ${e.label(fd)}`,
      });
    },
  );

/** pwrite64(2): returns how many bytes were written. */
export const pwrite: DescriptorCallFunction<
  [bytes: Uint8Array | string, offset: number],
  Result<number>
> = defineDescriptorCall(
  "pwrite",
  2,
  (e, fd, bytes, offset) => {
    const data = content(bytes);
    const args = [fd, e.bytes(data), data.length, checkNatural(offset, "An offset")];
    return e.call("pwrite64", args, { what: () => `write ${e.label(fd)}` });
  },
);

/** lseek(2). */
export const lseek: DescriptorCallFunction<[offset: number, whence?: SEEK], Result<number>> =
  defineDescriptorCall(
    "lseek",
    2,
    (e, fd, offset, whence = SEEK.SET) =>
      e.call("lseek", [fd, offset, whence], { what: () => `seek in ${e.label(fd)}` }),
  );

/** ftruncate(2). */
export const ftruncate: DescriptorCallFunction<[length: number], Result<void>> =
  defineDescriptorCall(
    "ftruncate",
    1,
    (e, fd, length) => {
      const what = () => `truncate ${e.label(fd)} to ${length}`;
      return e.call("ftruncate", [fd, checkNatural(length, "A length")], { what, decode: nothing });
    },
  );

/** fsync(2). */
export const fsync: DescriptorCallFunction<[], Result<void>> = defineDescriptorCall(
  "fsync",
  0,
  (e, fd) => e.call("fsync", [fd], { what: () => `sync ${e.label(fd)}`, decode: nothing }),
);

/** fdatasync(2). */
export const fdatasync: DescriptorCallFunction<[], Result<void>> = defineDescriptorCall(
  "fdatasync",
  0,
  (e, fd) => e.call("fdatasync", [fd], { what: () => `sync ${e.label(fd)}`, decode: nothing }),
);

/** fchown(2); -1 leaves the user or group as it is. */
export const fchown: DescriptorCallFunction<[uid: number, gid: number], Result<void>> =
  defineDescriptorCall(
    "fchown",
    2,
    (e, fd, uid, gid) => {
      const what = () => `change the owner of ${e.label(fd)}`;
      return e.call("fchown", [fd, uid, gid], { what, decode: nothing });
    },
  );

/** close(2). The descriptor cannot be used in what follows in the batch. */
export const close: DescriptorCallFunction<[], Result<void>> = defineDescriptorCall(
  "close",
  0,
  (e, fd) => {
    const what = `close ${e.label(fd)}`;
    return e.call("close", [e.closing(fd)], { what, decode: nothing });
  },
);

/** close_range(2): closes all descriptors from `first` to `last`, which must be nobody's. */
export const closeRange: CallFunction<[first: number, last?: number], Result<void>> = defineCall(
  "closeRange",
  2,
  (e, first, last = 0xffff_ffff) =>
    e.call("close_range", [first, last, 0], { what: "close descriptors", decode: nothing }),
);

/** close_range(2): makes all descriptors from `first` on close-on-exec. */
export const closeOnExecFrom: CallFunction<[first: number], Result<void>> = defineCall(
  "closeOnExecFrom",
  1,
  (e, first) => {
    const args = [first, 0xffff_ffff, CLOSE_RANGE.CLOEXEC];
    return e.call("close_range", args, { what: "mark descriptors close-on-exec", decode: nothing });
  },
);

/** pipe2(2), close-on-exec. */
export const pipe: CallFunction<
  [],
  { read: Result<FileDescriptor>; write: Result<FileDescriptor> }
> = defineCall(
  "pipe",
  0,
  (e) => {
    const pair = e.output(8);
    e.call("pipe2", [pair.ref, O.CLOEXEC], { what: "make a pipe", opens: { pair: 0 } });
    return { read: e.descriptorAt(pair, 0), write: e.descriptorAt(pair, 4) };
  },
);

/** dup3(2) to a number of the caller's choice, close-on-exec unless `flags` says otherwise. */
export const dup3: DescriptorCallFunction<[to: number, flags?: O], Result<FileDescriptor>> =
  defineDescriptorCall(
    "dup3",
    2,
    (e, fd, to, flags = O.CLOEXEC) => {
      const what = () => `duplicate ${e.label(fd)} to ${to}`;
      return e.descriptor(e.call("dup3", [fd, to, flags], { what, opens: "result" }), fd.label);
    },
  );
