/** Calls of <sys/file.h>. */
import type { LOCK } from "../../abi/mod.ts";
import { defineDescriptorCall, type DescriptorCallFunction } from "../call.ts";
import type { Result } from "../result.ts";
import { nothing } from "./arguments.ts";

/** flock(2). */
export const flock: DescriptorCallFunction<[operation: LOCK], Result<void>> = defineDescriptorCall(
  "flock",
  1,
  (e, fd, operation) =>
    e.call("flock", [fd, operation], { what: () => `lock ${e.label(fd)}`, decode: nothing }),
);
