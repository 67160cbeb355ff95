/** The streams of a command that is run to its end. */
import { F } from "../abi/mod.ts";
import { type ByteReader, type ByteWriter, SyscallError } from "../agent/mod.ts";
import type { Batch } from "./batch.ts";
import { fcntl } from "./calls/fcntl.ts";
import type { FileDescriptor } from "./descriptor.ts";
import type { Fd } from "./encoder.ts";
import type { Result } from "./result.ts";

/** What a command reads. */
export type Input = string | Uint8Array | AsyncIterable<Uint8Array>;

/** The streams of a run; a side that the caller's `fds` have has none. */
export type RunStreams = {
  readonly input: Result<ByteWriter> | undefined;
  readonly stdout: Result<ByteReader> | undefined;
  readonly stderr: Result<ByteReader> | undefined;
};

/** Descriptors that a service gets, and the streams at their other ends. */
export interface Standard<T> {
  readonly fds: ReadonlyMap<number, Fd>;
  readonly streams: T;
}

/** Bytes that a pipe holds, and that one for bulk holds where it may. */
const PIPE = 64 * 1024;
const BULK_PIPE = 1 << 20;

/** Pipes for its standard descriptors, but for those that `fds` has. */
export function addStandard(
  b: Batch,
  fds: Readonly<Record<number, FileDescriptor>>,
  input: Input | undefined,
): Standard<RunStreams> {
  const made = new Map<number, Fd>();
  const reading = (target: number) => {
    if (fds[target]) return undefined;
    const { read, write } = b.pipe();
    made.set(target, write);
    return b.reader(read);
  };
  const writing = (input: Input) => {
    const { read, write } = b.pipe();
    made.set(0, read);
    if (isBulk(input)) b.add(fcntl(write, F.SETPIPE_SZ, BULK_PIPE).tried());
    return b.writer(write);
  };
  const streams = {
    input: input === undefined ? undefined : writing(input),
    stdout: reading(1),
    stderr: reading(2),
  };
  return { fds: made, streams };
}

/** Whether the input may be more than a pipe holds, so that a larger one saves turns. */
function isBulk(input: Input): boolean {
  return typeof input === "object" && !(input instanceof Uint8Array && input.length <= PIPE);
}

/** Writes the input, until nobody reads it any more. */
export async function feed(writer: ByteWriter, input: Input): Promise<void> {
  const whole = typeof input === "string" ? new TextEncoder().encode(input) : input;
  try {
    if (whole instanceof Uint8Array) await writer.write(whole);
    else for await (const piece of whole) await writer.write(piece);
    await writer.close();
  } catch (error) {
    if (!(error instanceof SyscallError && error.code === "EPIPE")) throw error;
  }
}

/** Reads to the end, into a stream. */
export async function pour(
  reader: ByteReader,
  into: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  for (let piece; (piece = await reader.read()) !== undefined;) await into.write(piece);
}
