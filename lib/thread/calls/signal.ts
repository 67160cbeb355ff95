/** Calls of <signal.h>. */
import type { SIG } from "../../abi/mod.ts";
import { type CallFunction, defineCall } from "../call.ts";
import type { Result } from "../result.ts";
import { nothing } from "./arguments.ts";

const SIGSET_SIZE = 8;
const SIG_SETMASK = 2;
const MOST_SIGNAL = 64;

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
