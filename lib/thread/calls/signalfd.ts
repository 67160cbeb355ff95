/**
 * Calls of <sys/signalfd.h>. Signals that it is to give must be blocked: `sigmask`. SIGURG is the agent's own,
 * by which it interrupts calls.
 */
import { O, type SIG, STRUCT } from "../../abi/mod.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import type { FileDescriptor } from "../descriptor.ts";
import { viewOf } from "../encoder.ts";
import type { Result } from "../result.ts";
import { checkLength } from "./arguments.ts";
import { sigset, SIGSET_SIZE } from "./signal.ts";

const INFO = STRUCT.signalfd_siginfo;

/** A signal that came. */
export interface SignalInfo {
  readonly signal: SIG;
  /** How it was sent: si_code of sigaction(2). */
  readonly code: number;
  /** Who sent it. */
  readonly pid: number;
  readonly uid: number;
  /** Of SIGCHLD: the status of the child. */
  readonly status: number;
  /** What sigqueue(3) sent with it. */
  readonly value: number;
}

/** signalfd4(2), close-on-exec. */
export const signalfd: CallFunction<[signals: readonly SIG[]], Result<FileDescriptor>> = defineCall(
  "signalfd",
  1,
  (e, signals) => {
    const what = "make a signalfd";
    const args = [-1, sigset(e, signals), SIGSET_SIZE, O.CLOEXEC];
    return e.descriptor(e.call("signalfd4", args, { what, opens: "result" }), "a signalfd");
  },
);

/** read(2) of a signalfd: the signals that came, at most so many; it waits until one has. */
export const signalfdRead: DescriptorCallFunction<[most?: number], Result<SignalInfo[]>> =
  defineDescriptorCall(
    "signalfdRead",
    1,
    (e, fd, most = 16) => {
      const length = checkLength(most * INFO.SIZE, "Room for signals");
      const { ref, output } = e.filled(length);
      return e.call("read", [fd, ref, length], {
        what: () => `read ${e.label(fd)}`,
        decode: (read, answer) => {
          const view = viewOf(answer.output(output));
          return Array.from(
            { length: Math.min(read, length) / INFO.SIZE | 0 },
            (_, index) => infoAt(view, index * INFO.SIZE),
          );
        },
      });
    },
  );

function infoAt(view: DataView, at: number): SignalInfo {
  return {
    signal: view.getUint32(at + INFO.ssi_signo, true),
    code: view.getInt32(at + INFO.ssi_code, true),
    pid: view.getUint32(at + INFO.ssi_pid, true),
    uid: view.getUint32(at + INFO.ssi_uid, true),
    status: view.getInt32(at + INFO.ssi_status, true),
    value: view.getInt32(at + INFO.ssi_int, true),
  };
}
