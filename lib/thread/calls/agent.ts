/** Calls that agents make of several system calls, and streams: `enum pseudo_call` of wire.h. */
import type { Result } from "../result.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import { type ByteReader, type ByteWriter, READ_WINDOW } from "../../agent/mod.ts";
import { AT } from "../../abi/mod.ts";
import { PSEUDO, STREAM } from "../../wire/mod.ts";
import type { Fd } from "../encoder.ts";
import { type PathLike, shownPath } from "../path.ts";
import { checkLength, checkNatural, content, nothing } from "./arguments.ts";

/** read(2) until `length` bytes or the end of file. */
export const readFull: DescriptorCallFunction<[length: number], Result<Uint8Array>> =
  defineDescriptorCall(
    "readFull",
    1,
    (e, fd, length) => {
      const { ref, output } = e.filled(checkLength(length));
      return e.call(PSEUDO.READ_FULL, [fd, ref, length], {
        name: "read",
        what: () => `read ${e.label(fd)}`,
        decode: (_, answer) => answer.output(output),
      });
    },
  );

/**
 * write(2) until everything is written, of one or several parts; some MiB at the most. `what` is for
 * errors, as "write /etc/motd", where the descriptor does not say it.
 */
export const writeAll: DescriptorCallFunction<
  [bytes: Uint8Array | string | readonly Uint8Array[], what?: string],
  Result<number>
> = defineDescriptorCall(
  "writeAll",
  2,
  (e, fd, bytes, what) => {
    const parts = isList(bytes) ? bytes.map(content) : [content(bytes)];
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    return e.call(PSEUDO.WRITE_ALL, [fd, e.parts(parts, length), length], {
      name: "write",
      what: what ?? (() => `write ${e.label(fd)}`),
    });
  },
);

/** read(2) and write(2) until the end of file or `count` bytes: returns how many. `what` is for errors. */
export const copy: DescriptorCallFunction<[to: Fd, count?: number, what?: string], Result<number>> =
  defineDescriptorCall(
    "copy",
    3,
    (e, fd, to, count = Number.MAX_SAFE_INTEGER, what) => {
      const args = [fd, to, checkNatural(count, "A count of bytes")];
      return e.call(PSEUDO.COPY, args, {
        name: "copy",
        what: what ?? (() => `copy ${e.label(fd)} to ${e.label(to)}`),
      });
    },
  );

/** Removes a file or a whole tree, without following symbolic links; missing is no error. */
export const removeTree: CallFunction<[path: PathLike], Result<void>> = defineCall(
  "removeTree",
  1,
  (e, path) =>
    e.call(PSEUDO.REMOVE_TREE, [AT.FDCWD, e.path(path)], {
      name: "unlinkat",
      what: () => `remove the tree ${shownPath(path)}`,
      decode: nothing,
    }),
);

const STREAM_HINTS = {
  EBADF: "its open file must be opened for that direction",
  EINVAL: "what cannot be waited for, such as a regular file, is read and written by calls: " +
    "fd.read() and fd.write()",
  EPERM: "what cannot be waited for, such as a regular file, is read and written by calls: " +
    "fd.read() and fd.write()",
};

/**
 * Bytes from a descriptor that can be waited for (a pipe, a socket, a terminal). The agent reads its own
 * copy from now on, so close the descriptor unless it is needed otherwise.
 */
export const reader: DescriptorCallFunction<[window?: number], Result<ByteReader>> =
  defineDescriptorCall(
    "reader",
    1,
    (e, fd, window = READ_WINDOW) => {
      const stream = e.openReader(window);
      return e.call(PSEUDO.STREAM, [fd, stream.number, STREAM.FROM_FD, window], {
        name: "sendmsg",
        what: () => `read ${e.label(fd)} as a stream`,
        decode: () => stream,
        hints: STREAM_HINTS,
      });
    },
  );

/** Bytes to a descriptor that can be waited for. The agent has its own copy, as with `reader`. */
export const writer: DescriptorCallFunction<[], Result<ByteWriter>> = defineDescriptorCall(
  "writer",
  0,
  (e, fd) => {
    const stream = e.openWriter();
    return e.call(PSEUDO.STREAM, [fd, stream.number, STREAM.TO_FD, 0], {
      name: "sendmsg",
      what: () => `write ${e.label(fd)} as a stream`,
      decode: () => stream,
      hints: STREAM_HINTS,
    });
  },
);

function isList<T>(value: unknown | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
