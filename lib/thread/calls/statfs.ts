/** Calls of <sys/statfs.h>. */
import { STRUCT } from "../../abi/mod.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import { type CallArgument, type CallEncoder, viewOf, type What } from "../encoder.ts";
import { type PathLike, shownPath } from "../path.ts";
import type { Result } from "../result.ts";

/** A file system. */
export interface FileSystem {
  /** Its kind, as linux/magic.h numbers them. */
  readonly type: number;
  /** Bytes that an ordinary user can still write. */
  readonly available: number;
  /** Bytes that nobody uses; some of them may be kept for root. */
  readonly free: number;
  /** Bytes that there are at all. */
  readonly total: number;
  /** Files that there can be, and how many more: 0 where there is no limit. */
  readonly files: number;
  readonly freeFiles: number;
  /** Bytes of a name at the most. */
  readonly nameMost: number;
}

/** statfs(2). */
export const statfs: CallFunction<[path: PathLike], Result<FileSystem>> = defineCall(
  "statfs",
  1,
  (e, path) =>
    fileSystem(e, "statfs", e.path(path), () => `look at the file system of ${shownPath(path)}`),
);

/** fstatfs(2). */
export const fstatfs: DescriptorCallFunction<[], Result<FileSystem>> = defineDescriptorCall(
  "fstatfs",
  0,
  (e, fd) => fileSystem(e, "fstatfs", fd, () => `look at the file system of ${e.label(fd)}`),
);

function fileSystem(
  e: CallEncoder,
  nr: "statfs" | "fstatfs",
  of: CallArgument,
  what: What,
): Result<FileSystem> {
  const at = STRUCT.statfs;
  const { ref, output } = e.output(at.SIZE);
  return e.call(nr, [of, ref], {
    what,
    decode: (_, answer) => {
      const view = viewOf(answer.output(output));
      const word = (offset: number) => Number(view.getBigUint64(offset, true));
      const block = word(at.f_bsize);
      return {
        type: word(at.f_type),
        available: word(at.f_bavail) * block,
        free: word(at.f_bfree) * block,
        total: word(at.f_blocks) * block,
        files: word(at.f_files),
        freeFiles: word(at.f_ffree),
        nameMost: word(at.f_namelen),
      };
    },
  });
}
