/** Calls of <sched.h>: namespaces, and when a process runs. A pid of 0 is the thread itself. */
import type { CLONE, SCHED } from "../../abi/mod.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import type { Result } from "../result.ts";
import { checkNatural, nothing } from "./arguments.ts";

/** Bytes of a `cpu_set_t`, which has room for 1024 processors. */
const CPU_SET = 128;

/** unshare(2). */
export const unshare: CallFunction<[flags: CLONE], Result<void>> = defineCall(
  "unshare",
  1,
  (e, flags) => e.call("unshare", [flags], { what: "unshare namespaces", decode: nothing }),
);

/** setns(2). */
export const setns: DescriptorCallFunction<[type?: CLONE], Result<void>> = defineDescriptorCall(
  "setns",
  1,
  (e, fd, type = 0) =>
    e.call("setns", [fd, type], { what: () => `enter namespace ${e.label(fd)}`, decode: nothing }),
);

/** sched_getaffinity(2): the processors that it may run on. */
export const schedGetaffinity: CallFunction<[pid?: number], Result<number[]>> = defineCall(
  "schedGetaffinity",
  1,
  (e, pid = 0) => {
    const { ref, output } = e.filled(CPU_SET);
    return e.call("sched_getaffinity", [pid, CPU_SET, ref], {
      what: "get the processors",
      decode: (_, answer) =>
        Array.from(answer.output(output)).flatMap((byte, at) =>
          BITS.filter((bit) => byte & 1 << bit).map((bit) => at * 8 + bit)
        ),
    });
  },
);

/** sched_setaffinity(2): the processors that it may run on, and what it starts after it. */
export const schedSetaffinity: CallFunction<
  [processors: readonly number[], pid?: number],
  Result<void>
> = defineCall(
  "schedSetaffinity",
  2,
  (e, processors, pid = 0) => {
    const bad = processors.find((each) => checkNatural(each, "A processor") >= CPU_SET * 8);
    if (bad !== undefined) {
      throw new RangeError(`A processor is from 0 to ${CPU_SET * 8 - 1}, not ${bad}`);
    }
    const set = new Uint8Array(CPU_SET);
    for (const each of processors) set[each >> 3]! |= 1 << (each & 7);
    return e.call("sched_setaffinity", [pid, CPU_SET, e.bytes(set)], {
      what: `run on processors ${processors}`,
      decode: nothing,
      hints: { EINVAL: "none of them is there, or may be used" },
    });
  },
);

/** sched_getscheduler(2): the policy. */
export const schedGetscheduler: CallFunction<[pid?: number], Result<SCHED>> = defineCall(
  "schedGetscheduler",
  1,
  (e, pid = 0) => e.call("sched_getscheduler", [pid], { what: "get the scheduling policy" }),
);

/** sched_setscheduler(2): a policy, and for `SCHED.FIFO` and `SCHED.RR` a priority from 1 to 99. */
export const schedSetscheduler: CallFunction<
  [policy: SCHED, priority?: number, pid?: number],
  Result<void>
> = defineCall(
  "schedSetscheduler",
  3,
  (e, policy, priority = 0, pid = 0) => {
    const parameters = e.struct(4, (view, at) => view.setInt32(at, priority, true));
    return e.call("sched_setscheduler", [pid, policy, parameters], {
      what: `set the scheduling policy ${policy}`,
      decode: nothing,
      hints: { EPERM: "only root may run in real time, or go back from SCHED.IDLE" },
    });
  },
);

const BITS = [0, 1, 2, 3, 4, 5, 6, 7];
