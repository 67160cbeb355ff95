/** Calls of <sys/prctl.h>. */
import { type CallFunction, defineCall } from "../call.ts";
import { type Result, type Value, valueArgument } from "../result.ts";

/** prctl(2). */
export const prctl: CallFunction<[option: number, ...args: Value[]], Result<number>> = defineCall(
  "prctl",
  Infinity,
  (e, option, ...args) =>
    e.call("prctl", [option, ...args.map(valueArgument)], { what: `prctl ${option}` }),
);
