/**
 * The body of a CALL frame: system calls, patches, output ranges and the blob they point into.
 *
 * An encoder is used for one batch. Offsets into the blob are handed out as memory is put there, and
 * everything in the blob is aligned to 8 bytes, so that any kernel structure may stand there.
 */
import { ARGUMENT, CALL, FRAME, HEADER_SIZE, PATCH, WIRE } from "./constants.ts";
import { LocalProtocolError } from "./errors.ts";
import { putHeader } from "./frame.ts";

/** The address of an offset of the blob. */
export class BlobRef {
  readonly kind = ARGUMENT.BLOB;
  constructor(readonly value: number) {}
}

/** The result of an earlier call of the same batch. */
export class ResultRef {
  readonly kind = ARGUMENT.RESULT;
  constructor(readonly value: number) {}
}

/** The `int32_t` at an offset of the blob at the time of the call, such as a descriptor of pipe2(2). */
export class Int32Ref {
  readonly kind = ARGUMENT.INT32;
  constructor(readonly value: number) {}
}

/** One argument of a system call. */
export type Argument = number | bigint | BlobRef | ResultRef | Int32Ref;

/** A range of the blob that comes back with the reply. */
export interface Output {
  readonly index: number;
  readonly offset: number;
  readonly length: number;
  /** The call whose result limits the length. */
  readonly limit: number | undefined;
}

const BATCH_SIZE = 16;
const CALL_SIZE = 56;
const WORDS_SIZE = 16;
const START = HEADER_SIZE + BATCH_SIZE;
/** Bytes of a blob that is rather copied than sent as a piece of its own. */
const SMALL = 16 * 1024;

/** Collects one batch. */
export class BatchEncoder {
  #bytes = new Uint8Array(START + 4 * CALL_SIZE);
  #view = new DataView(this.#bytes.buffer);
  #calls = 0;
  #patches: number[] = [];
  #outputs: Output[] = [];
  #blob = EMPTY;
  #blobLength = 0;

  /** How many calls there are. */
  get calls(): number {
    return this.#calls;
  }

  /** The output ranges, in the order in which the reply carries them. */
  get outputs(): readonly Output[] {
    return this.#outputs;
  }

  /** Adds a call and returns its index. A call with `proceed` does not end the batch when it fails. */
  call(nr: number, args: readonly Argument[], proceed = false): number {
    if (this.#calls === WIRE.MAX_CALLS) {
      throw new LocalProtocolError(`A batch has at most ${WIRE.MAX_CALLS} calls`);
    }
    const at = START + this.#calls * CALL_SIZE;
    this.#reserve(at + CALL_SIZE);
    let kinds = 0;
    for (let i = 0; i < args.length; i++) {
      kinds |= this.#argument(at + 8 + i * 8, args[i]!) << i * 2;
    }
    this.#view.setUint32(at, nr, true);
    this.#view.setUint16(at + 4, proceed ? CALL.CONTINUE : 0, true);
    this.#view.setUint16(at + 6, kinds, true);
    return this.#calls++;
  }

  /** Puts bytes into the blob, followed by `room` zero bytes. */
  put(bytes: Uint8Array, room = 0): BlobRef {
    const ref = this.room(bytes.length + room);
    this.#blob.set(bytes, ref.value);
    return ref;
  }

  /** Puts bytes that are in several parts, of this length together, one after the other. */
  putParts(parts: readonly Uint8Array[], length: number): BlobRef {
    const ref = this.room(length);
    let at = ref.value;
    for (const part of parts) {
      this.#blob.set(part, at);
      at += part.length;
    }
    return ref;
  }

  /** Zero bytes of the blob for the kernel to write to, or to fill by {@linkcode blobView}. */
  room(length: number): BlobRef {
    const offset = this.#blobLength;
    const end = offset + length;
    if (end > WIRE.MAX_BODY) {
      throw new LocalProtocolError(`A batch carries at most ${WIRE.MAX_BODY} bytes; split it`);
    }
    this.#blobLength = (end + 7) & ~7;
    if (this.#blobLength > this.#blob.length) {
      this.#blob = grown(this.#blob, Math.max(this.#blobLength, 2 * this.#blob.length, 64));
    }
    return new BlobRef(offset);
  }

  /** A view of the blob, valid until it next grows. */
  blobView(): DataView {
    return new DataView(this.#blob.buffer, 0, this.#blobLength);
  }

  /** Asks for a range of the blob with the reply, cut to the result of the call `limit`. */
  output(ref: BlobRef, length: number, limit?: number): Output {
    const output = { index: this.#outputs.length, offset: ref.value, length, limit };
    this.#outputs.push(output);
    return output;
  }

  /** Stores the address of `to` at blob offset `at` before call `before`; 8 bytes. */
  patchPointer(before: number, at: number, to: BlobRef): void {
    this.#patches.push(before, PATCH.POINTER, at, to.value);
  }

  /** Stores a 32-bit value that is not known yet at blob offset `at` before call `before`. */
  patchInt32(before: number, at: number, from: ResultRef | Int32Ref): void {
    const kind = from.kind === ARGUMENT.RESULT ? PATCH.RESULT : PATCH.INT32;
    this.#patches.push(before, kind, at, from.value);
  }

  /**
   * The whole CALL frame, header included. The bytes are the encoder's own: it is of no use afterwards.
   *
   * @throws {LocalProtocolError} If the batch is too large for a frame.
   */
  finish(thread: number, seq: number): Uint8Array {
    return this.#finish(thread, seq, Infinity)[0];
  }

  /** The same in one or two pieces, so that a large blob is not copied once more. */
  finishInPieces(thread: number, seq: number): readonly Uint8Array[] {
    const [head, blob] = this.#finish(thread, seq, SMALL);
    return blob ? [head, blob] : [head];
  }

  #finish(thread: number, seq: number, most: number): [Uint8Array, Uint8Array | undefined] {
    const patchesAt = START + this.#calls * CALL_SIZE;
    const outputsAt = patchesAt + this.#patches.length * 4;
    const blobAt = outputsAt + this.#outputs.length * WORDS_SIZE;
    const end = blobAt + this.#blobLength;
    if (end > WIRE.MAX_BODY) {
      throw new LocalProtocolError(
        `A batch of ${end} bytes is larger than a frame (${WIRE.MAX_BODY} bytes); split it`,
      );
    }
    const apart = this.#blobLength > most;
    this.#reserve(apart ? blobAt : end);
    putHeader(this.#view, FRAME.CALL, thread, seq, end - HEADER_SIZE);
    this.#putWords(HEADER_SIZE, [
      this.#calls,
      this.#patches.length / 4,
      this.#outputs.length,
      this.#blobLength,
    ]);
    this.#putWords(patchesAt, this.#patches);
    this.#outputs.forEach(({ offset, length, limit }, index) =>
      this.#putWords(outputsAt + index * WORDS_SIZE, [
        offset,
        length,
        limit === undefined ? 0 : limit + 1,
        0,
      ])
    );
    const blob = this.#blob.subarray(0, this.#blobLength);
    if (apart) return [this.#bytes.subarray(0, blobAt), blob];
    this.#bytes.set(blob, blobAt);
    return [this.#bytes.subarray(0, end), undefined];
  }

  #putWords(at: number, words: readonly number[]): void {
    for (let i = 0; i < words.length; i++) this.#view.setUint32(at + i * 4, words[i]!, true);
  }

  #argument(at: number, argument: Argument): number {
    if (typeof argument === "number") {
      this.#view.setUint32(at, argument, true);
      this.#view.setInt32(at + 4, Math.floor(argument / 0x1_0000_0000), true);
      return ARGUMENT.IMMEDIATE;
    }
    if (typeof argument === "bigint") {
      this.#view.setBigUint64(at, BigInt.asUintN(64, argument), true);
      return ARGUMENT.IMMEDIATE;
    }
    this.#view.setUint32(at, argument.value, true);
    return argument.kind;
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    this.#bytes = grown(this.#bytes, Math.max(length, 2 * this.#bytes.length));
    this.#view = new DataView(this.#bytes.buffer);
  }
}

const EMPTY = new Uint8Array(0);

function grown(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}
