/** Calls of <sys/eventfd.h>. */
import { EFD } from "../../abi/mod.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import type { FileDescriptor } from "../descriptor.ts";
import { viewOf } from "../encoder.ts";
import type { Result } from "../result.ts";
import { checkNatural, nothing } from "./arguments.ts";

/** Bytes of its counter. */
const COUNTER = 8;

/** eventfd(2), close-on-exec: a counter. */
export const eventfd: CallFunction<[initial?: number, flags?: EFD], Result<FileDescriptor>> =
  defineCall(
    "eventfd",
    2,
    (e, initial = 0, flags = 0) => {
      const args = [checkNatural(initial, "A counter"), flags | EFD.CLOEXEC];
      const made = e.call("eventfd2", args, { what: "make an eventfd", opens: "result" });
      return e.descriptor(made, "an eventfd");
    },
  );

/** write(2) of an eventfd: adds to its counter. */
export const eventfdWrite: DescriptorCallFunction<[value?: number], Result<void>> =
  defineDescriptorCall(
    "eventfdWrite",
    1,
    (e, fd, value = 1) => {
      const word = BigInt(checkNatural(value, "What is added to a counter"));
      const ref = e.struct(COUNTER, (view, at) => view.setBigUint64(at, word, true));
      return e.call("write", [fd, ref, COUNTER], {
        what: () => `add ${value} to ${e.label(fd)}`,
        decode: nothing,
      });
    },
  );

/** read(2) of an eventfd: takes the counter, or 1 of it with `EFD.SEMAPHORE`; waits while it is 0. */
export const eventfdRead: DescriptorCallFunction<[], Result<bigint>> = defineDescriptorCall(
  "eventfdRead",
  0,
  (e, fd) => {
    const { ref, output } = e.output(COUNTER);
    return e.call("read", [fd, ref, COUNTER], {
      what: () => `take from ${e.label(fd)}`,
      decode: (_, answer) => viewOf(answer.output(output)).getBigUint64(0, true),
    });
  },
);
