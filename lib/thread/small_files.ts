/** Reading files that are small, or of which the beginning will do, some of them in one batch. */
import { O } from "../abi/mod.ts";
import type { Batch } from "./batch.ts";
import type { PathLike } from "./path.ts";
import type { Result } from "./result.ts";

/** What was read as text; nothing if it could not be read. */
export function startText(start: Uint8Array | undefined): string {
  return new TextDecoder().decode(start);
}

/** The beginning of a file, at most `length` bytes; undefined if it cannot be read. */
export function addReadStart(
  b: Batch,
  path: PathLike,
  length: number,
): Result<Uint8Array | undefined> {
  return b.proceeding(() => {
    const fd = b.open(path, O.RDONLY);
    const start = b.readFull(fd, length);
    b.close(fd);
    return start;
  });
}
