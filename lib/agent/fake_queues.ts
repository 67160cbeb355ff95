/** What a fake agent's threads have unanswered, held to the protocol's limits, and their numbers. */
import { FRAME, type Frame, HEADER_SIZE, WIRE } from "../wire/mod.ts";

interface Queue {
  bytes: number;
  frames: number;
}

/** Throws where the real agent would end the connection. */
export class FakeQueues {
  /** The most unanswered bytes and frames that any thread had. */
  readonly peak: Queue = { bytes: 0, frames: 0 };
  readonly #queues = new Map<number, Queue>();
  readonly #numbers = new Set([1]);

  add(sent: Frame): void {
    if (sent.type === FRAME.CLONE) this.#number(new DataView(sent.body.buffer).getUint32(0, true));
    const queue = this.#queues.get(sent.id) ?? { bytes: 0, frames: 0 };
    this.#queues.set(sent.id, queue);
    queue.frames++;
    queue.bytes += footprint(sent);
    const isAlone = queue.frames === 1;
    if (queue.frames > WIRE.MAX_QUEUE || (!isAlone && queue.bytes > WIRE.MAX_WINDOW)) {
      throw new Error(`Thread ${sent.id} has ${queue.frames} frames of ${queue.bytes} bytes`);
    }
    this.peak.bytes = Math.max(this.peak.bytes, queue.bytes);
    this.peak.frames = Math.max(this.peak.frames, queue.frames);
  }

  answered(sent: Frame): void {
    const queue = this.#queues.get(sent.id)!;
    queue.frames--;
    queue.bytes -= footprint(sent);
  }

  /** A thread's number can be used again. */
  free(number: number): void {
    this.#numbers.delete(number);
  }

  #number(number: number): void {
    if (this.#numbers.has(number)) throw new Error(`Thread ${number} is there already`);
    this.#numbers.add(number);
  }
}

/** Bytes of a CALL, its header and its room. */
function footprint({ type, body }: Frame): number {
  if (type !== FRAME.CALL) return 0;
  return HEADER_SIZE + body.length + new DataView(body.buffer).getUint32(16, true);
}
