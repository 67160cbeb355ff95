/** Calls of <signal.h>, <poll.h> and <time.h>: waiting, and what interrupts it. */
import type { Result } from "../result.ts";
import type { CallFunction } from "../call.ts";
import { type POLL, type SIG, STRUCT } from "../../abi/mod.ts";
import { defineCall } from "../call.ts";
import { type CallEncoder, type Fd, viewOf } from "../encoder.ts";
import { nothing, timespecOf } from "./arguments.ts";

const SIGSET_SIZE = 8;
const SIG_SETMASK = 2;
const MOST_SIGNAL = 64;

/** What poll(2) waits for on one descriptor. */
export interface Poll {
  readonly fd: Fd;
  readonly events: POLL;
}

/** rt_sigprocmask(2): blocks exactly these signals. Blocking SIGURG makes calls uninterruptible. */
export const sigmask: CallFunction<[blocked: readonly SIG[]], Result<void>> = defineCall(
  "sigmask",
  1,
  (e, blocked) => {
    const bad = blocked.find((signal) => !(signal >= 1 && signal <= MOST_SIGNAL));
    if (bad !== undefined) throw new RangeError(`A signal is from 1 to ${MOST_SIGNAL}, not ${bad}`);
    const mask = blocked.reduce((set, signal) => set | 1n << BigInt(signal - 1), 0n);
    const set = e.struct(SIGSET_SIZE, (view, at) => view.setBigUint64(at, mask, true));
    const what = "set the signal mask";
    return e.call("rt_sigprocmask", [SIG_SETMASK, set, 0, SIGSET_SIZE], { what, decode: nothing });
  },
);

/**
 * ppoll(2): the events of each descriptor; all zero when the time is over. Milliseconds; without a time it
 * waits until one is ready.
 */
export const poll: CallFunction<[polls: readonly Poll[], timeout?: number], Result<number[]>> =
  defineCall(
    "poll",
    2,
    (e, polls, timeout) => {
      const { SIZE, events, revents } = STRUCT.pollfd;
      const { ref, output } = e.output(
        polls.length * SIZE,
        (view, at) =>
          polls.forEach((poll, index) =>
            view.setInt16(at + index * SIZE + events, poll.events, true)
          ),
      );
      polls.forEach(({ fd }, index) => e.number(ref.value + index * SIZE, fd));
      const time = timeout === undefined ? 0 : timespec(e, timeout);
      return e.call("ppoll", [ref, polls.length, time, 0, SIGSET_SIZE], {
        what: "poll",
        decode: (_, answer) => {
          const view = viewOf(answer.output(output));
          return polls.map((_, index) => view.getInt16(index * SIZE + revents, true));
        },
      });
    },
  );

/** nanosleep(2), in milliseconds. */
export const nanosleep: CallFunction<[milliseconds: number], Result<void>> = defineCall(
  "nanosleep",
  1,
  (e, milliseconds) =>
    e.call("nanosleep", [timespec(e, milliseconds), 0], { what: "sleep", decode: nothing }),
);

function timespec(e: CallEncoder, milliseconds: number) {
  const { SIZE, tv_sec, tv_nsec } = STRUCT.timespec;
  const { seconds, nanoseconds } = timespecOf(milliseconds);
  return e.struct(SIZE, (view, at) => {
    view.setBigInt64(at + tv_sec, seconds, true);
    view.setBigInt64(at + tv_nsec, nanoseconds, true);
  });
}
