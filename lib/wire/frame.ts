/**
 * Frames without any I/O: bytes in, frames out, and the other way round.
 *
 * Any bytes parse, or throw {@linkcode RemoteProtocolError}, nothing else. After a throw the reader
 * stays broken, since nothing after a bad frame can be trusted. No more than one frame is ever held.
 */
import { FRAME, HEADER_SIZE, WIRE } from "./constants.ts";
import { RemoteProtocolError } from "./errors.ts";

/** One frame, or one piece of a DATA frame: those are handed on as they arrive, uncopied. */
export interface Frame {
  readonly type: number;
  readonly id: number;
  readonly seq: number;
  readonly body: Uint8Array;
}

/** Where the reader is: between frames, in one that is collected, or in one that is passed through. */
interface Current {
  readonly type: number;
  readonly id: number;
  readonly seq: number;
  readonly length: number;
  readonly body: Uint8Array | undefined;
  filled: number;
}

/** Body lengths that an agent may send, for each type: [least, most]. */
const LENGTHS: Readonly<Record<number, readonly [number, number]>> = {
  [FRAME.HELLO]: [48, WIRE.MAX_BODY],
  [FRAME.STANDS]: [24, 24 + WIRE.MAX_NAME + 1 + WIRE.MAX_NOTE],
  [FRAME.RESULT]: [8, 8],
  [FRAME.ENDED]: [56, 56],
  [FRAME.FAIL]: [0, 4096],
  [FRAME.CLONED]: [8, 8],
  [FRAME.REPLY]: [8, WIRE.MAX_BODY],
  [FRAME.CHANGED]: [8, 8],
  [FRAME.DATA]: [1, WIRE.MAX_BODY],
  [FRAME.CREDIT]: [4, 4],
  [FRAME.END]: [4, 4],
  [FRAME.LIFE]: [0, 0],
  [FRAME.RECEIVED]: [8, 8],
  [FRAME.DROPPED]: [8, 8],
};

/** Reads what an agent sends. */
export class FrameReader {
  #header = new Uint8Array(HEADER_SIZE);
  #headerFilled = 0;
  #current: Current | undefined;
  #broken: RemoteProtocolError | undefined;

  /**
   * Takes the next bytes of the stream and calls back for every frame, and piece of a DATA frame, that
   * they complete. DATA pieces are views of `bytes`, so the caller gives `bytes` away.
   *
   * @throws {RemoteProtocolError} If the bytes break the protocol.
   */
  push(bytes: Uint8Array, onFrame: (frame: Frame) => void): void {
    if (this.#broken) throw this.#broken;
    let at = 0;
    while (at < bytes.length) {
      at = this.#current
        ? this.#takeBody(this.#current, bytes, at, onFrame)
        : this.#takeHeader(bytes, at, onFrame);
    }
  }

  /** Whether the stream may end here, between two frames. */
  get atBoundary(): boolean {
    return this.#headerFilled === 0 && this.#current === undefined;
  }

  #takeHeader(bytes: Uint8Array, at: number, onFrame: (frame: Frame) => void): number {
    const take = Math.min(HEADER_SIZE - this.#headerFilled, bytes.length - at);
    this.#header.set(bytes.subarray(at, at + take), this.#headerFilled);
    this.#headerFilled += take;
    if (this.#headerFilled === HEADER_SIZE) {
      this.#headerFilled = 0;
      this.#begin(onFrame);
    }
    return at + take;
  }

  #begin(onFrame: (frame: Frame) => void): void {
    const view = new DataView(this.#header.buffer);
    const length = view.getUint32(0, true);
    const type = view.getUint8(4);
    const allowed = LENGTHS[type];
    if (!allowed) throw this.#break(`frame of unknown type ${type}`);
    if (length < allowed[0] || length > allowed[1]) {
      throw this.#break(`frame of type ${type} with a body of ${length} bytes`);
    }
    if (view.getUint32(4, true) >>> 8 !== 0) throw this.#break("frame with reserved bytes set");
    const id = view.getUint32(8, true);
    if (id >= WIRE.NUMBERS) throw this.#break(`frame for number ${id}`);
    const seq = view.getUint32(12, true);
    const body = type === FRAME.DATA ? undefined : new Uint8Array(length);
    if (length === 0) onFrame({ type, id, seq, body: new Uint8Array(0) });
    else this.#current = { type, id, seq, length, body, filled: 0 };
  }

  #takeBody(
    current: Current,
    bytes: Uint8Array,
    at: number,
    onFrame: (frame: Frame) => void,
  ): number {
    const { type, id, seq, body } = current;
    const piece = bytes.subarray(
      at,
      at + Math.min(current.length - current.filled, bytes.length - at),
    );
    body?.set(piece, current.filled);
    current.filled += piece.length;
    const whole = current.filled === current.length;
    if (whole) this.#current = undefined;
    if (!body) onFrame({ type, id, seq, body: piece });
    else if (whole) onFrame({ type, id, seq, body });
    return at + piece.length;
  }

  #break(what: string): RemoteProtocolError {
    return this.#broken = new RemoteProtocolError(`The agent broke the protocol: ${what}`);
  }
}

/** Writes the header of a frame whose body has `length` bytes at the start of `into`. */
export function putHeader(
  into: DataView,
  type: number,
  id: number,
  seq: number,
  length: number,
): void {
  into.setUint32(0, length, true);
  into.setUint32(4, type, true);
  into.setUint32(8, id, true);
  into.setUint32(12, seq, true);
}

/** A frame whose body is these 32-bit words. */
export function encodeWords(type: number, id: number, seq: number, words: number[]): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + words.length * 4);
  const view = new DataView(bytes.buffer);
  putHeader(view, type, id, seq, words.length * 4);
  words.forEach((word, index) => view.setUint32(HEADER_SIZE + index * 4, word, true));
  return bytes;
}

/** A signed 64-bit value as a number; system calls return nothing beyond 2^53. */
export function int64(view: DataView, at: number): number {
  return view.getInt32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
}
