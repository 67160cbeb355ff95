/**
 * The frames of standing hosts, which keep services when their program goes. An agent that does not stand
 * answers each with the result -EOPNOTSUPP, and is as it was.
 */
import { FRAME, HEADER_SIZE, WIRE } from "./constants.ts";
import { LocalProtocolError } from "./errors.ts";
import { encodeWords, putHeader } from "./frame.ts";

/** An output of a service that the agent goes on reading without a program. */
export interface KeptOutput {
  /** The stream that it is now. */
  readonly stream: number;
  /** Bytes that are kept of what no program took; 0: the agent's own default. */
  readonly room: number;
}

/** Which part of a kept output is to come, and as which stream. */
export interface OutputRequest {
  /** Which output of the service, in the order in which they were kept. */
  readonly output: number;
  readonly stream: number;
  readonly credit: number;
  /** The first byte that is asked for, or the next one that is written. */
  readonly from: bigint | "now";
}

const FROM_NOW = 0xffff_ffff_ffff_ffffn;
const utf8 = new TextEncoder();

/**
 * KEEP: a service stays when its program goes.
 *
 * @throws {LocalProtocolError} If it has more outputs than an agent keeps.
 */
export function encodeKeep(
  thread: number,
  seq: number,
  { instance, outputs }: { instance: bigint; outputs: readonly KeptOutput[] },
): Uint8Array {
  if (outputs.length > WIRE.MAX_OUTPUTS) {
    throw new LocalProtocolError(
      `At most ${WIRE.MAX_OUTPUTS} outputs of a service are kept, not ${outputs.length}`,
    );
  }
  const entries = outputs.flatMap(({ stream, room }) => [stream, room]);
  const frame = encodeWords(FRAME.KEEP, thread, seq, [0, 0, outputs.length, 0, ...entries]);
  new DataView(frame.buffer).setBigUint64(HEADER_SIZE, instance, true);
  return frame;
}

/**
 * RELEASE: a held descriptor is closed.
 *
 * @throws {LocalProtocolError} If no descriptor can have that name.
 */
export function encodeRelease(seq: number, name: string): Uint8Array {
  const bytes = utf8.encode(name);
  if (bytes.length === 0 || bytes.length > WIRE.MAX_NAME || bytes.includes(0)) {
    throw new LocalProtocolError(
      `The name of a held descriptor has 1 to ${WIRE.MAX_NAME} bytes and no NUL, not ` +
        `${bytes.length} bytes: ${JSON.stringify(name.slice(0, WIRE.MAX_NAME))}`,
    );
  }
  return withBody(FRAME.RELEASE, seq, bytes);
}

/** OUTPUT: a kept output comes as a stream; the result says where its first byte is. */
export function encodeOutput(
  thread: number,
  seq: number,
  { output, stream, credit, from }: OutputRequest,
): Uint8Array {
  const frame = encodeWords(FRAME.OUTPUT, thread, seq, [0, 0, output, stream, credit, 0]);
  new DataView(frame.buffer).setBigUint64(HEADER_SIZE, from === "now" ? FROM_NOW : from, true);
  return frame;
}

/** DROPPED: how many bytes of a kept output were dropped before what follows. */
export function decodeDropped(body: Uint8Array): bigint {
  return new DataView(body.buffer, body.byteOffset, body.byteLength).getBigUint64(0, true);
}

function withBody(type: number, seq: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_SIZE + body.length);
  putHeader(new DataView(frame.buffer), type, 0, seq, body.length);
  frame.set(body, HEADER_SIZE);
  return frame;
}
