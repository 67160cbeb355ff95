/** Frames as tests write them. */
import { HEADER_SIZE } from "./constants.ts";
import { type Frame, FrameReader, putHeader } from "./frame.ts";

/** The bytes of one frame, whether or not the protocol allows it. */
export function frameBytes(
  type: number,
  { id = 0, seq = 0, body = new Uint8Array(0) }: Partial<Omit<Frame, "type">> = {},
): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + body.length);
  putHeader(new DataView(bytes.buffer), type, id, seq, body.length);
  bytes.set(body, HEADER_SIZE);
  return bytes;
}

/** Little-endian bytes of 32-bit words. */
export function words(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setUint32(index * 4, value, true));
  return bytes;
}

/** Little-endian bytes of signed 64-bit values. */
export function int64s(...values: number[]): Uint8Array {
  return new Uint8Array(new BigInt64Array(values.map(BigInt)).buffer);
}

/** Bytes that hexadecimal digits stand for; anything but digits is left out. */
export function hex(text: string): Uint8Array {
  const digits = text.replaceAll(/[^0-9a-f]/g, "");
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** One array of all of them. */
export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What a new reader makes of chunks. */
export function read(...chunks: readonly Uint8Array[]): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader();
  for (const chunk of chunks) reader.push(chunk, (frame) => frames.push(frame));
  return frames;
}
