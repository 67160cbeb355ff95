/** Calls of <poll.h>. */
import { type POLL, STRUCT } from "../../abi/mod.ts";
import { type CallFunction, defineCall } from "../call.ts";
import { type Fd, viewOf } from "../encoder.ts";
import type { Result } from "../result.ts";
import { SIGSET_SIZE } from "./signal.ts";
import { timespec } from "./time.ts";

/** What poll(2) waits for on one descriptor. */
export interface Poll {
  readonly fd: Fd;
  readonly events: POLL;
}

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
