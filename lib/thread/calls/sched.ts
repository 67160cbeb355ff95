/** Calls of <sched.h>: namespaces. */
import type { CLONE } from "../../abi/mod.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import type { Result } from "../result.ts";
import { nothing } from "./arguments.ts";

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
