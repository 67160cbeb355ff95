/** Any other call, as syscall(2) makes it. */
import type { SyscallName } from "../../abi/mod.ts";
import type { Argument } from "../../wire/mod.ts";
import { type CallFunction, defineCall } from "../call.ts";
import type { Result } from "../result.ts";

/**
 * Any system call of the host's architecture. Negative results are errors.
 *
 * @throws {RangeError} If it gets more than six arguments.
 */
export const syscall: CallFunction<
  [nr: number | SyscallName, ...args: (Argument | Result<number>)[]],
  Result<number>
> = defineCall(
  "syscall",
  Infinity,
  (e, nr, ...args) => e.call(nr, args, { what: `run system call ${nr}` }),
);
