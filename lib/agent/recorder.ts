/**
 * The flight recorder: the last frames to and from every agent. Rules:
 *
 * - Nothing of what is moved is in it: of a frame its header, of a batch the numbers of its first calls, of a reply how
 *   many were done and the error number. So no secret is in it, whatever is sent.
 * - It is bounded, and allocates nothing for a frame: one ring of numbers for all hosts.
 */
import type { Arch } from "../abi/mod.ts";
import { FRAME, HEADER_SIZE } from "../wire/mod.ts";

/** Frames that are kept: about 3.5 MB. */
const MOST = 1 << 16;
/** 32-bit numbers of one frame: host and direction, type, id, seq, bytes, count, error, and calls. */
const WORDS = 12;
const [HOST, TYPE, ID, SEQ, BYTES, COUNT, ERRNO, CALLS] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const MOST_CALLS = WORDS - CALLS;
const SENT = 1 << 16;
/** Of a batch: what stands before its calls, and each of them (native/common/wire.h). */
const [BATCH_SIZE, CALL_SIZE] = [24, 56];
const REPLY_HEAD = 8;

/** A frame that was sent or received. */
export interface RecordedFrame {
  readonly host: string;
  readonly arch: Arch | undefined;
  /** When, by `performance.now`. */
  readonly time: number;
  readonly isSent: boolean;
  /** One of the frame types of the wire. */
  readonly type: number;
  readonly id: number;
  readonly seq: number;
  /** Of the body. */
  readonly bytes: number;
  /** Calls of a batch, or those of a reply that were done. */
  readonly count: number;
  /** Of the last of those, if it failed; else 0. */
  readonly errno: number;
  /** The numbers of the first calls of a batch. */
  readonly calls: readonly number[];
}

/** Records what is said on one connection. */
export interface ConnectionRecorder {
  /** The architecture of the far side, once it is known. */
  arch: Arch | undefined;
  /** Takes the beginning of a frame, and how long it is with its header. */
  sent(frame: Uint8Array, length: number): void;
  received(type: number, id: number, seq: number, body: Uint8Array): void;
}

/** The recorder of a program. */
export class Recorder {
  #words = new Int32Array(0);
  #times = new Float64Array(0);
  #count = 0;
  readonly #hosts: { readonly name: string; arch: Arch | undefined }[] = [];
  /** Whether it records. */
  isOn = true;

  /** What records one connection. */
  connection(name: string): ConnectionRecorder {
    const before = this.#hosts.findIndex((each) => each.name === name);
    const index = before === -1 ? this.#hosts.push({ name, arch: undefined }) - 1 : before;
    const host = this.#hosts[index]!;
    return {
      set arch(arch: Arch | undefined) {
        host.arch = arch;
      },
      get arch() {
        return host.arch;
      },
      sent: (frame, length) => this.#sent(index, frame, length),
      received: (type, id, seq, body) => this.#received(index, type, id, seq, body),
    };
  }

  /** What is kept, the oldest first. */
  get frames(): RecordedFrame[] {
    const kept = Math.min(this.#count, MOST);
    return Array.from({ length: kept }, (_, at) => this.#frame((this.#count - kept + at) % MOST));
  }

  #sent(host: number, frame: Uint8Array, length: number): void {
    if (!this.isOn || frame.length < HEADER_SIZE) return;
    const type = wordOf(frame, 4);
    const at = this.#next(host | SENT, type, wordOf(frame, 8), wordOf(frame, 12));
    const words = this.#words;
    words[at + BYTES] = length - HEADER_SIZE;
    if (type !== FRAME.CALL) return;
    const count = words[at + COUNT] = wordOf(frame, HEADER_SIZE);
    for (let call = 0; call < count && call < MOST_CALLS; call++) {
      const from = HEADER_SIZE + BATCH_SIZE + call * CALL_SIZE;
      words[at + CALLS + call] = from + 4 <= frame.length ? wordOf(frame, from) : 0;
    }
  }

  #received(host: number, type: number, id: number, seq: number, body: Uint8Array): void {
    if (!this.isOn) return;
    const at = this.#next(host, type, id, seq);
    this.#words[at + BYTES] = body.length;
    if (type !== FRAME.REPLY && type !== FRAME.RESULT) return;
    const count = type === FRAME.RESULT ? 1 : wordOf(body, 0);
    const last = type === FRAME.RESULT ? 0 : REPLY_HEAD + (count - 1) * 8;
    this.#words[at + COUNT] = count;
    if (count === 0 || last + 8 > body.length) return;
    const result = wordOf(body, last);
    if (wordOf(body, last + 4) === -1 && result < 0) this.#words[at + ERRNO] = -result;
  }

  /** Where the next frame begins. */
  #next(host: number, type: number, id: number, seq: number): number {
    if (this.#words.length === 0) {
      this.#words = new Int32Array(MOST * WORDS);
      this.#times = new Float64Array(MOST);
    }
    const index = this.#count++ % MOST;
    const at = index * WORDS;
    const words = this.#words;
    this.#times[index] = performance.now();
    words[at + HOST] = host;
    words[at + TYPE] = type;
    words[at + ID] = id;
    words[at + SEQ] = seq;
    words[at + COUNT] = 0;
    words[at + ERRNO] = 0;
    return at;
  }

  #frame(index: number): RecordedFrame {
    const words = this.#words.subarray(index * WORDS, (index + 1) * WORDS);
    const { name, arch } = this.#hosts[words[HOST]! & (SENT - 1)]!;
    const count = words[COUNT]!;
    const isCall = words[TYPE] === FRAME.CALL;
    return {
      ...{ host: name, arch, time: this.#times[index]! },
      ...{ isSent: (words[HOST]! & SENT) !== 0, type: words[TYPE]!, id: words[ID]! >>> 0 },
      ...{ seq: words[SEQ]! >>> 0, bytes: words[BYTES]!, count, errno: words[ERRNO]! },
      calls: isCall ? [...words.subarray(CALLS, CALLS + Math.min(count, MOST_CALLS))] : [],
    };
  }
}

/** A signed number; a DataView for each frame would cost more than all else here. */
function wordOf(bytes: Uint8Array, at: number): number {
  return bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
}

/** That of this program. */
export const recorder: Recorder = new Recorder();
