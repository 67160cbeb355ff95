/** Calls of <sys/resource.h>. */
import { RLIMIT, STRUCT } from "../../abi/mod.ts";
import { type CallFunction, defineCall } from "../call.ts";
import { viewOf } from "../encoder.ts";
import type { Result } from "../result.ts";
import { nothing } from "./arguments.ts";

/** prlimit64(2) on the thread itself. */
export const setrlimit: CallFunction<
  [resource: RLIMIT, soft: bigint, hard?: bigint],
  Result<void>
> = defineCall(
  "setrlimit",
  3,
  (e, resource, soft, hard = soft) => {
    const { SIZE, rlim_cur, rlim_max } = STRUCT.rlimit;
    const limit = e.struct(SIZE, (view, at) => {
      view.setBigUint64(at + rlim_cur, soft, true);
      view.setBigUint64(at + rlim_max, hard, true);
    });
    const what = `set the limit ${nameOf(resource)} to ${soft}`;
    const hints = { EPERM: "to raise a hard limit takes CAP_SYS_RESOURCE, as root has" };
    return e.call("prlimit64", [0, resource, limit, 0], { what, decode: nothing, hints });
  },
);

/** prlimit64(2) on the thread itself: its soft and hard limit. */
export const getrlimit: CallFunction<[resource: RLIMIT], Result<{ soft: bigint; hard: bigint }>> =
  defineCall(
    "getrlimit",
    1,
    (e, resource) => {
      const { SIZE, rlim_cur, rlim_max } = STRUCT.rlimit;
      const { ref, output } = e.output(SIZE);
      return e.call("prlimit64", [0, resource, 0, ref], {
        what: `get the limit ${nameOf(resource)}`,
        decode: (_, answer) => {
          const view = viewOf(answer.output(output));
          return {
            soft: view.getBigUint64(rlim_cur, true),
            hard: view.getBigUint64(rlim_max, true),
          };
        },
      });
    },
  );

function nameOf(resource: RLIMIT): string {
  return Object.entries(RLIMIT).find(([, number]) => number === resource)?.[0] ?? `${resource}`;
}
