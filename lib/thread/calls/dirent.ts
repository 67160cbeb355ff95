/** Calls of <dirent.h>. */
import { defineDescriptorCall, type DescriptorCallFunction } from "../call.ts";
import { decodeDirectory, type DirectoryEntry } from "../metadata.ts";
import type { Result } from "../result.ts";
import { checkLength } from "./arguments.ts";

/** getdents64(2): some of the entries; none when all were read. `length` is the room for them. */
export const getdents: DescriptorCallFunction<[length?: number], Result<DirectoryEntry[]>> =
  defineDescriptorCall(
    "getdents",
    1,
    (e, fd, length = 32 * 1024) => {
      const { ref, output } = e.filled(checkLength(length));
      return e.call("getdents64", [fd, ref, length], {
        what: () => `read directory ${e.label(fd)}`,
        decode: (_, answer) => decodeDirectory(answer.output(output)),
      });
    },
  );
