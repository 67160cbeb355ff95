/** Calls of <time.h>. */
import { STRUCT } from "../../abi/mod.ts";
import { type CallFunction, defineCall } from "../call.ts";
import type { CallEncoder } from "../encoder.ts";
import type { Result } from "../result.ts";
import { nothing, timespecOf } from "./arguments.ts";

/** nanosleep(2), in milliseconds. */
export const nanosleep: CallFunction<[milliseconds: number], Result<void>> = defineCall(
  "nanosleep",
  1,
  (e, milliseconds) =>
    e.call("nanosleep", [timespec(e, milliseconds), 0], { what: "sleep", decode: nothing }),
);

/** A `struct timespec` in memory. */
export function timespec(e: CallEncoder, milliseconds: number) {
  const { SIZE, tv_sec, tv_nsec } = STRUCT.timespec;
  const { seconds, nanoseconds } = timespecOf(milliseconds);
  return e.struct(SIZE, (view, at) => {
    view.setBigInt64(at + tv_sec, seconds, true);
    view.setBigInt64(at + tv_nsec, nanoseconds, true);
  });
}
