/** Calls of <sys/pidfd.h>: processes by descriptors, whose numbers nobody else can get. */
import type { SIG } from "../../abi/mod.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import type { FileDescriptor } from "../descriptor.ts";
import type { Result } from "../result.ts";
import { nothing } from "./arguments.ts";

/** pidfd_open(2): it can be polled, and is readable when the process has ended. */
export const pidfdOpen: CallFunction<[pid: number], Result<FileDescriptor>> = defineCall(
  "pidfdOpen",
  1,
  (e, pid) => {
    const what = `open process ${pid}`;
    return e.descriptor(
      e.call("pidfd_open", [pid, 0], { what, opens: "result" }),
      `process ${pid}`,
    );
  },
);

/** pidfd_send_signal(2). */
export const pidfdSendSignal: DescriptorCallFunction<[signal: SIG | 0], Result<void>> =
  defineDescriptorCall(
    "pidfdSendSignal",
    1,
    (e, fd, signal) =>
      e.call("pidfd_send_signal", [fd, signal, 0, 0], {
        what: () => `send signal ${signal} to ${e.label(fd)}`,
        decode: nothing,
      }),
  );
