/** Calls of <sys/uio.h>: reading and writing in parts, and memory of a process. */
import { STRUCT } from "../../abi/mod.ts";
import { type BlobRef, SpaceRef } from "../../wire/mod.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import type { CallEncoder } from "../encoder.ts";
import type { Result } from "../result.ts";
import { checkLength, checkNatural, content } from "./arguments.ts";

const { iovec } = STRUCT;

/** readv(2): up to as many bytes as the lengths together, cut to parts of these lengths. */
export const readv: DescriptorCallFunction<[lengths: readonly number[]], Result<Uint8Array[]>> =
  defineDescriptorCall(
    "readv",
    1,
    (e, fd, lengths) => {
      const { ref, output } = e.filled(checkLength(sum(lengths.map((each) => checkLength(each)))));
      const starts = lengths.map((_, index) => sum(lengths.slice(0, index)));
      const parts = lengths.map((length, index) => ({
        at: new SpaceRef(ref.value + starts[index]!),
        length,
      }));
      return e.call("readv", [fd, vector(e, parts), lengths.length], {
        what: () => `read ${e.label(fd)}`,
        decode: (_, answer) => {
          const bytes = answer.output(output);
          return lengths.map((length, index) =>
            bytes.subarray(starts[index], starts[index]! + length)
          );
        },
      });
    },
  );

/** writev(2): returns how many bytes were written. */
export const writev: DescriptorCallFunction<
  [parts: readonly (Uint8Array | string)[]],
  Result<number>
> = defineDescriptorCall(
  "writev",
  1,
  (e, fd, parts) => {
    const pieces = parts.map(content).map((bytes) => ({
      at: e.bytes(bytes),
      length: bytes.length,
    }));
    return e.call("writev", [fd, vector(e, pieces), pieces.length], {
      what: () => `write ${e.label(fd)}`,
    });
  },
);

/** process_vm_readv(2) on the thread itself: bytes of its memory, such as what mmap(2) has mapped. */
export const readMemory: CallFunction<[address: number, length: number], Result<Uint8Array>> =
  defineCall(
    "readMemory",
    2,
    (e, address, length) => {
      const { ref, output } = e.output(checkLength(length));
      const [local, remote] = [vector(e, [{ at: ref, length }]), outside(e, address, length)];
      const pid = e.call("getpid", [], { what: "get the process id" });
      return e.call("process_vm_readv", [pid, local, 1, remote, 1, 0], {
        what: () => `read memory at ${hexadecimal(address)}`,
        decode: (read, answer) => answer.output(output).subarray(0, read),
      });
    },
  );

/** process_vm_writev(2) on the thread itself: returns how many bytes were written. */
export const writeMemory: CallFunction<
  [address: number, bytes: Uint8Array | string],
  Result<number>
> = defineCall(
  "writeMemory",
  2,
  (e, address, bytes) => {
    const data = content(bytes);
    const local = vector(e, [{ at: e.bytes(data), length: data.length }]);
    const remote = outside(e, address, data.length);
    const pid = e.call("getpid", [], { what: "get the process id" });
    return e.call("process_vm_writev", [pid, local, 1, remote, 1, 0], {
      what: () => `write memory at ${hexadecimal(address)}`,
    });
  },
);

/** An array of `struct iovec` over memory of the batch, made before the next call. */
function vector(
  e: CallEncoder,
  parts: readonly { readonly at: BlobRef | SpaceRef; readonly length: number }[],
): BlobRef {
  const ref = e.struct(
    parts.length * iovec.SIZE,
    (view, at) =>
      parts.forEach(({ length }, index) =>
        view.setBigUint64(at + index * iovec.SIZE + iovec.iov_len, BigInt(length), true)
      ),
  );
  parts.forEach(({ at }, index) => e.pointer(ref.value + index * iovec.SIZE + iovec.iov_base, at));
  return ref;
}

/** A `struct iovec` over memory that is not the batch's. */
function outside(e: CallEncoder, address: number, length: number): BlobRef {
  return e.struct(iovec.SIZE, (view, at) => {
    view.setBigUint64(at + iovec.iov_base, BigInt(checkNatural(address, "An address")), true);
    view.setBigUint64(at + iovec.iov_len, BigInt(length), true);
  });
}

function sum(lengths: readonly number[]): number {
  return lengths.reduce((total, each) => total + each, 0);
}

function hexadecimal(address: number): string {
  return `0x${address.toString(16)}`;
}
