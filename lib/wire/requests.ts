/** The frames that a program sends, but for CALL. */
import { ATTACH, FRAME, HEADER_SIZE, STOP, WIRE } from "./constants.ts";
import { LocalProtocolError } from "./errors.ts";
import { encodeWords, putHeader } from "./frame.ts";

/** How a program takes charge of an agent. */
export interface Attachment {
  /** @default ATTACH.TAKE_OVER */
  readonly mode?: number;
  readonly generation: bigint;
  /** Random, of this program's process: 16 bytes. */
  readonly program: Uint8Array;
  /** Bytes of bulk that the agent may have sent in all, to begin with. */
  readonly window: number;
  /** Bytes of the program's stream after which the agent says what it has taken; 0: never. */
  readonly report: number;
}

/** ATTACH. */
export function encodeAttach(seq: number, attachment: Attachment): Uint8Array {
  const { mode = ATTACH.TAKE_OVER, generation, program, window, report } = attachment;
  const frame = encodeWords(FRAME.ATTACH, 0, seq, Array(12).fill(0));
  const view = new DataView(frame.buffer, HEADER_SIZE);
  view.setUint32(0, WIRE.MAGIC, true);
  view.setUint16(4, WIRE.VERSION, true);
  view.setUint16(6, mode, true);
  view.setBigUint64(8, generation, true);
  frame.set(program, HEADER_SIZE + 16);
  view.setBigUint64(32, BigInt(window), true);
  view.setUint32(40, report, true);
  return frame;
}

/** CLONE of `parent`. */
export function encodeClone(
  parent: number,
  seq: number,
  { child, flags, instance }: { child: number; flags: number; instance: bigint },
): Uint8Array {
  const frame = encodeWords(FRAME.CLONE, parent, seq, [child, 0, flags >>> 0, 0, 0, 0]);
  new DataView(frame.buffer).setBigUint64(HEADER_SIZE + 16, instance, true);
  return frame;
}

/** One process of a level that is to end. */
export interface StopEntry {
  readonly thread: number;
  readonly signal: number;
  /** Whether the signal goes to it alone, and not to its process group. */
  readonly alone?: boolean;
  /** Milliseconds until it is killed. */
  readonly grace: number;
}

/** The most that STOP can say as a process's grace, in milliseconds. */
const LONGEST_GRACE = 0xffff_ffff;
const STOP_SIZE = 16;

/**
 * STOP: a level begins when all of the one before have ended.
 *
 * @throws {LocalProtocolError} If there are none, or more than a frame holds.
 */
export function encodeStop(seq: number, levels: readonly (readonly StopEntry[])[]): Uint8Array {
  const words = levels.flatMap((entries, level) =>
    entries.flatMap(({ thread, signal, alone, grace }) => [
      level,
      thread,
      signal | (alone ? STOP.ALONE << 16 : 0),
      Math.min(Math.max(Math.round(grace), 0), LONGEST_GRACE),
    ])
  );
  const most = WIRE.MAX_BODY / STOP_SIZE;
  if (words.length === 0 || words.length * 4 > WIRE.MAX_BODY) {
    throw new LocalProtocolError(
      `A stop names 1 to ${most} processes, not ${words.length * 4 / STOP_SIZE}`,
    );
  }
  return encodeWords(FRAME.STOP, 0, seq, words);
}

/**
 * NOTE: what the agent keeps for a process.
 *
 * @throws {LocalProtocolError} If it is longer than an agent keeps.
 */
export function encodeNote(thread: number, bytes: Uint8Array): Uint8Array {
  if (bytes.length > WIRE.MAX_NOTE) {
    throw new LocalProtocolError(
      `A note has at most ${WIRE.MAX_NOTE} bytes, not ${bytes.length}`,
    );
  }
  const frame = new Uint8Array(HEADER_SIZE + bytes.length);
  putHeader(new DataView(frame.buffer), FRAME.NOTE, thread, 0, bytes.length);
  frame.set(bytes, HEADER_SIZE);
  return frame;
}

/** WINDOW: bytes of bulk that the agent may have sent in all. */
export function encodeWindow(total: number): Uint8Array {
  const high = Math.floor(total / 0x1_0000_0000);
  return encodeWords(FRAME.WINDOW, 0, 0, [total >>> 0, high]);
}
