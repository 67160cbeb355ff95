/** Any other call, as syscall(2) makes it. */
import type { SyscallName } from "../../abi/mod.ts";
import { type CallFunction, defineCall } from "../call.ts";
import type { CallArgument } from "../encoder.ts";
import type { Result } from "../result.ts";

/**
 * Any system call of the host's architecture. Negative results are errors. In a batch its arguments may be
 * memory (`b.bytes`, `b.struct`, `b.output`, `b.filled`), descriptors, and results of earlier calls.
 *
 * @throws {RangeError} If it gets more than six arguments.
 */
export const syscall: CallFunction<
  [nr: number | SyscallName, ...args: CallArgument[]],
  Result<number>
> = defineCall(
  "syscall",
  Infinity,
  (e, nr, ...args) => e.call(nr, args, { what: `run system call ${nr}` }),
);
