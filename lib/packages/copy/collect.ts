/**
 * Bringing many pieces of files to the program by one batch.
 *
 * They are copied into one pipe, whose other end comes as a stream: nothing but requests travels to the
 * host that is read, and the results say where one piece ends. A batch holds less than the stream's
 * window, so it never waits for the program.
 */
import type { Batch, CallOptions, FileDescriptor, Result, Thread } from "../../thread/mod.ts";

/** The bytes of one piece, in the parts in which they came. */
export type Content = readonly Uint8Array[];

/**
 * What `build` copies into the pipe that it gets: less than a stream's window together. It returns how
 * much it has copied of each piece; what was cut off a file meanwhile is missing at a piece's end.
 */
export async function collect(
  thread: Thread,
  build: (b: Batch, pipe: Result<FileDescriptor>) => Result<number>[],
  options: CallOptions = {},
): Promise<Content[]> {
  const { reader, lengths } = await thread.batch((b) => {
    const { read, write } = b.pipe();
    const reader = b.reader(read);
    b.close(read);
    const lengths = build(b, write);
    b.close(write);
    return { reader, lengths };
  }, options);
  const chunks: Uint8Array[] = [];
  for (let chunk; (chunk = await reader.read(options)) !== undefined;) chunks.push(chunk);
  return lengths.map((length) => takeFrom(chunks, length));
}

export function lengthOf(content: Content): number {
  return content.reduce((sum, part) => sum + part.length, 0);
}

/** Takes the first `length` bytes off the chunks. */
function takeFrom(chunks: Uint8Array[], length: number): Content {
  const content: Uint8Array[] = [];
  for (let left = length; left > 0 && chunks.length > 0;) {
    const part = chunks[0]!.subarray(0, left);
    content.push(part);
    left -= part.length;
    if (part.length === chunks[0]!.length) chunks.shift();
    else chunks[0] = chunks[0]!.subarray(part.length);
  }
  return content;
}
