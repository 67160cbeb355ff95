/** Calls of <signal.h>. */
import type { SIG } from "../../abi/mod.ts";
import type { BlobRef } from "../../wire/mod.ts";
import { type CallFunction, defineCall } from "../call.ts";
import { type CallEncoder, viewOf } from "../encoder.ts";
import type { Result } from "../result.ts";
import { nothing } from "./arguments.ts";

/** Bytes of the kernel's `sigset_t`. */
export const SIGSET_SIZE = 8;
/** Bytes of the kernel's `struct sigaction`: handler, flags, restorer and mask. */
const SIGACTION_SIZE = 32;
const SIG_SETMASK = 2;
const MOST_SIGNAL = 64;

/** kill(2): a process, or with a negative pid a process group. 0 as the signal only looks whether it is there. */
export const kill: CallFunction<[pid: number, signal: SIG | 0], Result<void>> = defineCall(
  "kill",
  2,
  (e, pid, signal) =>
    e.call("kill", [pid, signal], {
      what: `send signal ${signal} to ${pid < 0 ? `process group ${-pid}` : `process ${pid}`}`,
      decode: nothing,
    }),
);

/** rt_sigaction(2): whether a signal does what it does by default, or is ignored. Both outlast an exec. */
export const sigaction: CallFunction<[signal: SIG, action: "default" | "ignore"], Result<void>> =
  defineCall(
    "sigaction",
    2,
    (e, signal, action) => {
      const handler = action === "ignore" ? 1n : 0n;
      const struct = e.struct(
        SIGACTION_SIZE,
        (view, at) => view.setBigUint64(at, handler, true),
      );
      return e.call("rt_sigaction", [signal, struct, 0, SIGSET_SIZE], {
        what: `set what signal ${signal} does`,
        decode: nothing,
      });
    },
  );

/** rt_sigaction(2): what a signal does. */
export const getsigaction: CallFunction<
  [signal: SIG],
  Result<"default" | "ignore" | "handler">
> = defineCall(
  "getsigaction",
  1,
  (e, signal) => {
    const { ref, output } = e.output(SIGACTION_SIZE);
    return e.call("rt_sigaction", [signal, 0, ref, SIGSET_SIZE], {
      what: `get what signal ${signal} does`,
      decode: (_, answer) => {
        const handler = viewOf(answer.output(output)).getBigUint64(0, true);
        return handler === 0n ? "default" : handler === 1n ? "ignore" : "handler";
      },
    });
  },
);

/** rt_sigprocmask(2): blocks exactly these signals. Blocking SIGURG makes calls uninterruptible. */
export const sigmask: CallFunction<[blocked: readonly SIG[]], Result<void>> = defineCall(
  "sigmask",
  1,
  (e, blocked) => {
    const set = sigset(e, blocked);
    const what = "set the signal mask";
    return e.call("rt_sigprocmask", [SIG_SETMASK, set, 0, SIGSET_SIZE], { what, decode: nothing });
  },
);

/** A set of signals in memory. */
export function sigset(e: CallEncoder, signals: readonly SIG[]): BlobRef {
  const bad = signals.find((signal) => !(signal >= 1 && signal <= MOST_SIGNAL));
  if (bad !== undefined) throw new RangeError(`A signal is from 1 to ${MOST_SIGNAL}, not ${bad}`);
  const mask = signals.reduce((set, signal) => set | 1n << BigInt(signal - 1), 0n);
  return e.struct(SIGSET_SIZE, (view, at) => view.setBigUint64(at, mask, true));
}
