/** Calls of <sys/timerfd.h>. Times are in milliseconds. */
import { CLOCK, O, STRUCT } from "../../abi/mod.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import type { FileDescriptor } from "../descriptor.ts";
import { viewOf } from "../encoder.ts";
import type { Result } from "../result.ts";
import { nothing, timespecOf } from "./arguments.ts";

const { itimerspec, timespec } = STRUCT;
const TFD_TIMER_ABSTIME = 1;
const COUNT = 8;

/** When a timer expires. */
export interface Timer {
  /** The first time; 0 disarms it. */
  readonly initial: number;
  /** Each time after it; 0 is never again. */
  readonly interval: number;
}

/** timerfd_create(2), close-on-exec. */
export const timerfdCreate: CallFunction<[clock?: CLOCK], Result<FileDescriptor>> = defineCall(
  "timerfdCreate",
  1,
  (e, clock = CLOCK.MONOTONIC) => {
    const what = "make a timer";
    const made = e.call("timerfd_create", [clock, O.CLOEXEC], { what, opens: "result" });
    return e.descriptor(made, "a timer");
  },
);

/** timerfd_settime(2). `absolute` is a time of the clock; otherwise it counts from now. */
export const timerfdSettime: DescriptorCallFunction<
  [timer: Partial<Timer> & { readonly absolute?: boolean }],
  Result<void>
> = defineDescriptorCall(
  "timerfdSettime",
  1,
  (e, fd, { initial = 0, interval = 0, absolute = false }) => {
    const value = e.struct(itimerspec.SIZE, (view, at) => {
      putTime(view, at + itimerspec.it_value, initial);
      putTime(view, at + itimerspec.it_interval, interval);
    });
    return e.call("timerfd_settime", [fd, absolute ? TFD_TIMER_ABSTIME : 0, value, 0], {
      what: () => `set ${e.label(fd)}`,
      decode: nothing,
    });
  },
);

/** timerfd_gettime(2): how long it is until it expires, and its interval. */
export const timerfdGettime: DescriptorCallFunction<[], Result<Timer>> = defineDescriptorCall(
  "timerfdGettime",
  0,
  (e, fd) => {
    const { ref, output } = e.output(itimerspec.SIZE);
    return e.call("timerfd_gettime", [fd, ref], {
      what: () => `look at ${e.label(fd)}`,
      decode: (_, answer) => {
        const view = viewOf(answer.output(output));
        return {
          initial: timeAt(view, itimerspec.it_value),
          interval: timeAt(view, itimerspec.it_interval),
        };
      },
    });
  },
);

/** read(2) of a timer: how often it has expired since the last time; it waits until it has. */
export const timerfdRead: DescriptorCallFunction<[], Result<number>> = defineDescriptorCall(
  "timerfdRead",
  0,
  (e, fd) => {
    const { ref, output } = e.output(COUNT);
    return e.call("read", [fd, ref, COUNT], {
      what: () => `wait for ${e.label(fd)}`,
      decode: (_, answer) => Number(viewOf(answer.output(output)).getBigUint64(0, true)),
    });
  },
);

function putTime(view: DataView, at: number, milliseconds: number): void {
  const { seconds, nanoseconds } = timespecOf(milliseconds);
  view.setBigInt64(at + timespec.tv_sec, seconds, true);
  view.setBigInt64(at + timespec.tv_nsec, nanoseconds, true);
}

function timeAt(view: DataView, at: number): number {
  const seconds = Number(view.getBigInt64(at + timespec.tv_sec, true));
  return seconds * 1000 + Number(view.getBigInt64(at + timespec.tv_nsec, true)) / 1e6;
}
