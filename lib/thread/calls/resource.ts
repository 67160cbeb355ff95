/** Calls of <sys/resource.h>. */
import { PRIO, RLIMIT, STRUCT } from "../../abi/mod.ts";
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

/** getpriority(2): the niceness, from -20 to 19, of a process, a process group or a user; 0 is the own one. */
export const getpriority: CallFunction<[which?: PRIO, who?: number], Result<number>> = defineCall(
  "getpriority",
  2,
  (e, which = PRIO.PROCESS, who = 0) =>
    // The call itself cannot return what is negative, and so turns the range round.
    e.call("getpriority", [which, who], {
      what: "get the niceness",
      decode: (value) => 20 - value,
    }),
);

/** setpriority(2): the niceness, from -20 to 19. */
export const setpriority: CallFunction<[nice: number, which?: PRIO, who?: number], Result<void>> =
  defineCall(
    "setpriority",
    3,
    (e, nice, which = PRIO.PROCESS, who = 0) =>
      e.call("setpriority", [which, who, nice], {
        what: `set the niceness ${nice}`,
        decode: nothing,
        hints: { EACCES: "to lower it takes CAP_SYS_NICE, as root has" },
      }),
  );

function nameOf(resource: RLIMIT): string {
  return Object.entries(RLIMIT).find(([, number]) => number === resource)?.[0] ?? `${resource}`;
}
