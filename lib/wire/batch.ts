/**
 * The body of a CALL frame: system calls, patches, output ranges and the blob they point into.
 *
 * An encoder is used for one batch. Offsets are handed out as memory is asked for: `put` and `room` give
 * bytes of the blob, which are sent; `space` gives bytes behind it, which are not, and of which nothing
 * is known until a call has written them. Where the blob ends is known at the end only, so what names a
 * place in the space is moved up then. Everything is aligned to 8 bytes, so that any kernel structure
 * may stand there.
 */
import { type Argument, BlobRef, type Int32Ref, type ResultRef, SpaceRef } from "./arguments.ts";
import { ARGUMENT, CALL, FRAME, HEADER_SIZE, PATCH, WIRE } from "./constants.ts";
import { LocalProtocolError } from "./errors.ts";
import { putHeader } from "./frame.ts";

/** A range of blob or space that comes back with the reply. */
export interface Output {
  readonly ref: BlobRef | SpaceRef;
  readonly length: number;
  /** The call whose result limits the length. */
  readonly limit: number | undefined;
}

/** What is to be known of a call besides its number and arguments. */
export interface CallOptions {
  /** The batch goes on when the call fails. */
  proceed?: boolean;
  /**
   * What it opens, which is closed again if the batch ends by a failure: the descriptor that it returns, or
   * two that it stores where the argument of this index points.
   */
  opens?: "result" | { readonly pair: number } | undefined;
}

/** A call of a batch, as far as it is known before it is run. */
export interface BatchedCall {
  readonly nr: number;
  /** All six: numbers, results of earlier calls; undefined for what is in memory. */
  readonly arguments: readonly (bigint | { readonly resultOf: number } | undefined)[];
}

const BATCH_SIZE = 24;
const CALL_SIZE = 56;
const WORDS_SIZE = 16;
const REPLY_SIZE = 8;
const MOST_ARGUMENTS = 6;
const START = HEADER_SIZE + BATCH_SIZE;
/** Bytes of a blob that is rather copied than sent as a piece of its own. */
const SMALL = 16 * 1024;

const utf8 = new TextEncoder();

/** Collects one batch. */
export class BatchEncoder {
  #bytes = new Uint8Array(START + 4 * CALL_SIZE);
  #view = new DataView(this.#bytes.buffer);
  #calls = 0;
  #patches: number[] = [];
  #outputs: Output[] = [];
  #blob = EMPTY;
  #blobLength = 0;
  #spaceLength = 0;
  /** Where in `#bytes`, and in `#patches`, offsets of the space stand. */
  #spaceArguments: number[] | undefined;
  #spacePatches: number[] | undefined;

  /** How many calls there are. */
  get calls(): number {
    return this.#calls;
  }

  /** The output ranges, in the order in which the reply carries them. */
  get outputs(): readonly Output[] {
    return this.#outputs.length < 2 ? this.#outputs : this.#outputs.toSorted(ascending);
  }

  /** Bytes of the space, which the agent provides. */
  get spaceLength(): number {
    return this.#spaceLength;
  }

  /**
   * Adds a call and returns its index.
   *
   * @throws {RangeError} If there are more than six arguments: the kernel takes no more.
   */
  call(nr: number, args: readonly Argument[], options?: CallOptions): number {
    if (args.length > MOST_ARGUMENTS) {
      throw new RangeError(
        `A system call takes at most ${MOST_ARGUMENTS} arguments, not ${args.length}`,
      );
    }
    if (this.#calls === WIRE.MAX_CALLS) {
      throw new LocalProtocolError(
        `A batch has at most ${WIRE.MAX_CALLS} calls: make several batches of it`,
      );
    }
    const at = START + this.#calls * CALL_SIZE;
    this.#reserve(at + CALL_SIZE);
    let kinds = 0;
    for (let i = 0; i < args.length; i++) {
      kinds |= this.#argument(at + 8 + i * 8, args[i]!) << i * 2;
    }
    this.#view.setUint32(at, nr, true);
    this.#view.setUint16(at + 4, options ? flagsOf(options) : 0, true);
    this.#view.setUint16(at + 6, kinds, true);
    return this.#calls++;
  }

  /** A call that was added. */
  callAt(index: number): BatchedCall {
    const at = START + index * CALL_SIZE;
    const kinds = this.#view.getUint16(at + 6, true);
    const args = Array.from({ length: MOST_ARGUMENTS }, (_, i) => {
      const kind = (kinds >> i * 2) & 3;
      const value = this.#view.getBigUint64(at + 8 + i * 8, true);
      if (kind === ARGUMENT.IMMEDIATE) return value;
      return kind === ARGUMENT.RESULT ? { resultOf: Number(value) } : undefined;
    });
    return { nr: this.#view.getUint32(at, true), arguments: args };
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

  /**
   * Puts a string, ended by NUL.
   *
   * @throws {RangeError} If it holds NUL.
   */
  cstring(text: string): BlobRef {
    if (text.includes("\0")) throw holdsNul(text);
    return this.put(utf8.encode(text), 1);
  }

  /**
   * A NULL-terminated array of pointers to strings, as execve(2) takes, made before the next call: the
   * strings travel in one piece, and the pointers not at all.
   *
   * @throws {RangeError} If a string holds NUL.
   */
  strings(list: readonly string[]): SpaceRef {
    const bad = list.find((text) => text.includes("\0"));
    if (bad !== undefined) throw holdsNul(bad);
    const bytes = utf8.encode(list.map((text) => `${text}\0`).join(""));
    const from = this.room(4 + bytes.length);
    this.blobView().setUint32(from.value, list.length, true);
    this.#blob.set(bytes, from.value + 4);
    const array = this.space((list.length + 1) * 8);
    (this.#spacePatches ??= []).push(this.#patches.length + 2);
    this.#patches.push(this.#calls, PATCH.STRINGS, array.value, from.value);
    return array;
  }

  /** Zero bytes of the blob, for a small structure that the kernel reads or writes; see {@linkcode blobView}. */
  room(length: number): BlobRef {
    const offset = this.#blobLength;
    this.#blobLength = this.#extended(offset, length);
    if (this.#blobLength > this.#blob.length) {
      this.#blob = grown(this.#blob, Math.max(this.#blobLength, 2 * this.#blob.length, 64));
    }
    return new BlobRef(offset);
  }

  /** Room for what the kernel writes: it costs nothing to send, and holds anything until it is written. */
  space(length: number): SpaceRef {
    const offset = this.#spaceLength;
    this.#spaceLength = this.#extended(offset, length);
    return new SpaceRef(offset);
  }

  /** A view of the blob, valid until it next grows. */
  blobView(): DataView {
    return new DataView(this.#blob.buffer, 0, this.#blobLength);
  }

  /**
   * Asks for a range with the reply, cut to the result of the call `limit`.
   *
   * @throws {LocalProtocolError} If the range is of the space and has no limit.
   */
  output(ref: BlobRef | SpaceRef, length: number, limit?: number): Output {
    if (ref instanceof SpaceRef && limit === undefined) {
      throw new LocalProtocolError("An output of the space is limited by a call's result");
    }
    const output = { ref, length, limit };
    this.#outputs.push(output);
    return output;
  }

  /** Stores the address of `to` at blob offset `at` before call `before`; 8 bytes. */
  patchPointer(before: number, at: number, to: BlobRef | SpaceRef): void {
    if (to instanceof SpaceRef) (this.#spacePatches ??= []).push(this.#patches.length + 3);
    this.#patches.push(before, PATCH.POINTER, at, to.value);
  }

  /** Stores a 32-bit value that is not known yet at blob offset `at` before call `before`. */
  patchInt32(before: number, at: number, from: ResultRef | Int32Ref): void {
    const kind = from.kind === ARGUMENT.RESULT ? PATCH.RESULT : PATCH.INT32;
    this.#patches.push(before, kind, at, from.value);
  }

  /**
   * The whole CALL frame, header included. The bytes are the encoder's own: it is of no use afterwards,
   * here as in the next two.
   *
   * @throws {LocalProtocolError} If the batch, or its reply, is too large.
   */
  finish(thread: number, seq: number): Uint8Array {
    return this.#finish(thread, seq, Infinity)[0];
  }

  /** The same in one or two pieces, so that a large blob is not copied once more. */
  finishInPieces(thread: number, seq: number): readonly Uint8Array[] {
    const [head, blob] = this.#finish(thread, seq, SMALL);
    return blob ? [head, blob] : [head];
  }

  /** The body alone with the space behind it, for an executor in this process. */
  finishInMemory(): Uint8Array<ArrayBuffer> {
    const { length } = this.finish(0, 0);
    this.#reserve(length + this.#spaceLength);
    return this.#bytes.subarray(HEADER_SIZE, length + this.#spaceLength);
  }

  #finish(thread: number, seq: number, most: number): [Uint8Array, Uint8Array | undefined] {
    const patchesAt = START + this.#calls * CALL_SIZE;
    const outputsAt = patchesAt + this.#patches.length * 4;
    const blobAt = outputsAt + this.#outputs.length * WORDS_SIZE;
    const end = blobAt + this.#blobLength;
    const { outputs } = this;
    this.#checkSizes(end - HEADER_SIZE, outputs);
    this.#placeSpace();
    const apart = this.#blobLength > most;
    this.#reserve(apart ? blobAt : end);
    putHeader(this.#view, FRAME.CALL, thread, seq, end - HEADER_SIZE);
    this.#putWords(HEADER_SIZE, [
      this.#calls,
      this.#patches.length / 4,
      outputs.length,
      this.#blobLength,
      this.#spaceLength,
      0,
    ]);
    this.#putWords(patchesAt, this.#patches);
    outputs.forEach(({ ref, length, limit }, index) =>
      this.#putWords(outputsAt + index * WORDS_SIZE, [
        ref instanceof SpaceRef ? this.#blobLength + ref.value : ref.value,
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

  #checkSizes(body: number, outputs: readonly Output[]): void {
    const whole = body + this.#spaceLength;
    if (whole > WIRE.MAX_CALL) throw tooLarge(whole);
    const reply = outputs.reduce((sum, { length }) => sum + length, REPLY_SIZE + this.#calls * 8);
    if (reply > WIRE.MAX_BODY) {
      throw new LocalProtocolError(
        `The reply to a batch may have ${reply} bytes, and a frame has at most ${WIRE.MAX_BODY}: ` +
          "ask for less at once, or use a stream",
      );
    }
  }

  /** The space begins where the blob ends, so what names a place in it is moved by as much. */
  #placeSpace(): void {
    for (const at of this.#spaceArguments ?? []) {
      this.#view.setUint32(at, this.#view.getUint32(at, true) + this.#blobLength, true);
    }
    for (const index of this.#spacePatches ?? []) this.#patches[index]! += this.#blobLength;
  }

  /** The end of what begins at `offset`; throws before anything of a senseless length is allocated. */
  #extended(offset: number, length: number): number {
    if (!Number.isInteger(length) || length < 0) {
      throw new RangeError(`A length is a whole number of bytes, 0 or more, not ${length}`);
    }
    if (offset + length > WIRE.MAX_CALL) throw tooLarge(offset + length);
    return (offset + length + 7) & ~7;
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
    if (argument instanceof SpaceRef) (this.#spaceArguments ??= []).push(at);
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

function flagsOf({ proceed, opens }: CallOptions): number {
  const flags = proceed ? CALL.CONTINUE : 0;
  if (opens === undefined) return flags;
  return opens === "result" ? flags | CALL.OPENS : flags | CALL.OPENS_PAIR | opens.pair << 8;
}

/** Ranges of the blob come before those of the space, which is behind it. */
function ascending(a: Output, b: Output): number {
  const [first, second] = [a, b].map(({ ref }) => ref instanceof SpaceRef ? 1 : 0);
  return first! - second! || a.ref.value - b.ref.value;
}

function grown(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}

function tooLarge(length: number): LocalProtocolError {
  return new LocalProtocolError(
    `A batch of ${length} bytes is larger than any may be (${WIRE.MAX_CALL} bytes): ` +
      "move less with one batch, or use a stream",
  );
}

function holdsNul(text: string): RangeError {
  return new RangeError(`A string for the kernel cannot hold NUL: ${JSON.stringify(text)}`);
}
