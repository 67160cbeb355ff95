/**
 * An agent for tests, in memory: a transport at whose far end the test decides what is answered. It
 * holds the program to the protocol, as the real one does, by throwing where that would end the
 * connection; `fake_agent_test.ts` compares its answers with the real one's.
 */
import {
  CHILD,
  encodeWords,
  FRAME,
  type Frame,
  HEADER_SIZE,
  putHeader,
  WIRE,
} from "../wire/mod.ts";
import { AgentConnection } from "./connection.ts";
import { concat } from "./streams.ts";
import type { Transport } from "./transport.ts";

/** Requests of one thread that are unanswered. */
interface Queue {
  bytes: number;
  frames: number;
}

/** A far end that the test plays. */
export class FakeAgent implements Transport {
  /** What the program sent, and the test has not taken yet. */
  readonly received: Frame[] = [];
  /** The most unanswered bytes and frames that any thread had. */
  readonly peak: Queue = { bytes: 0, frames: 0 };
  /** How many writes the transport got. */
  writes = 0;
  closed = false;
  readonly #queues = new Map<number, Queue>();
  readonly #credit = new Map<number, number>();
  #rest: Uint8Array = new Uint8Array(0);
  #onBytes: ((bytes: Uint8Array) => void) | undefined;
  #onEnd: ((cause?: Error) => void) | undefined;

  /** A connection to a fake agent that has said hello. */
  static async connect(): Promise<{ agent: FakeAgent; connection: AgentConnection }> {
    const agent = new FakeAgent();
    const connecting = AgentConnection.connect("fake", agent);
    agent.hello();
    return { agent, connection: (await connecting).connection };
  }

  start(onBytes: (bytes: Uint8Array) => void, onEnd: (cause?: Error) => void): void {
    this.#onBytes = onBytes;
    this.#onEnd = onEnd;
  }

  write(bytes: Uint8Array): void {
    if (this.closed) return;
    this.writes++;
    this.#rest = concat([this.#rest, bytes]);
    for (let frame; (frame = this.#next()) !== undefined;) {
      this.#check(frame);
      this.received.push(frame);
    }
  }

  close(): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  /** Lets the program's turn of the event loop end, and takes the next frame that it sent. */
  async take(type: number): Promise<Frame> {
    await turn();
    const frame = this.received.shift();
    if (frame?.type === type) return frame;
    throw new Error(`The program sent ${frame ? `type ${frame.type}` : "nothing"}, not ${type}`);
  }

  /** Lets the program's turn end, and checks that it sent nothing. */
  async takeNothing(): Promise<void> {
    await turn();
    if (this.received.length > 0) throw new Error(`The program sent ${this.received[0]!.type}`);
  }

  /** Sends bytes, whatever they are. */
  send(...parts: readonly Uint8Array[]): void {
    this.#onBytes!(concat(parts));
  }

  /** Ends the stream. */
  end(cause?: Error): void {
    if (this.closed) return;
    this.closed = true;
    this.#onEnd?.(cause);
  }

  hello(): void {
    const text = new TextEncoder().encode("6.1.0fake/tmp/fakePATH=/bin\0");
    const lengths = [5, 4, 9, 10];
    const words = [WIRE.MAGIC, 0x10001, 4096, 100, 0, 0, 101, 1024, ...lengths];
    const body = concat([encodeWords(0, 0, 0, words).subarray(HEADER_SIZE), text]);
    this.send(frame(FRAME.HELLO, 0, 0, body));
  }

  /** Answers a CALL: all its calls ran, with these results. */
  reply(call: Frame, results: readonly number[], outputs: Uint8Array = new Uint8Array(0)): void {
    this.#answered(call);
    this.send(replyFrame(call, results, { outputs }));
  }

  /** Answers a CLONE with a pid, or a negative errno. */
  cloned(clone: Frame, pid: number): void {
    this.#answered(clone);
    this.send(frame(FRAME.CLONED, childOf(clone), clone.seq, int64Bytes(pid)));
  }

  /** Answers a SIGNAL with 0, or a negative errno. */
  result(signal: Frame, result: number): void {
    this.send(frame(FRAME.RESULT, signal.id, signal.seq, int64Bytes(result)));
  }

  /** Tells of a thread's process. */
  child(thread: number, status: number, kind: number = CHILD.EXITED): void {
    this.send(frame(FRAME.CHILD, thread, 0, concat([int32s(kind, status), new Uint8Array(24)])));
  }

  data(stream: number, body: Uint8Array): void {
    this.send(frame(FRAME.DATA, stream, 0, body));
  }

  credit(stream: number, bytes: number): void {
    this.#credit.set(stream, (this.#credit.get(stream) ?? 0) + bytes);
    this.send(encodeWords(FRAME.CREDIT, stream, 0, [bytes]));
  }

  endStream(stream: number, errno = 0): void {
    this.#credit.delete(stream);
    this.send(frame(FRAME.END, stream, 0, int32s(errno)));
  }

  fail(text: string): void {
    this.send(frame(FRAME.FAIL, 0, 0, new TextEncoder().encode(text)));
  }

  #next(): Frame | undefined {
    if (this.#rest.length < HEADER_SIZE) return undefined;
    const view = new DataView(this.#rest.buffer, this.#rest.byteOffset);
    const end = HEADER_SIZE + view.getUint32(0, true);
    if (this.#rest.length < end) return undefined;
    const body = this.#rest.slice(HEADER_SIZE, end);
    this.#rest = this.#rest.slice(end);
    const [type, id, seq] = [4, 8, 12].map((at) => view.getUint32(at, true));
    return { type: type!, id: id!, seq: seq!, body };
  }

  #check(sent: Frame): void {
    if (sent.type < FRAME.CLONE || sent.type > FRAME.CLOSE || sent.body.length > WIRE.MAX_BODY) {
      throw new Error(`The program sent a frame of type ${sent.type}`);
    }
    if (sent.type === FRAME.CALL || sent.type === FRAME.CLONE) this.#queue(sent);
    if (sent.type === FRAME.WRITE) this.#spend(sent);
  }

  #queue({ id, body }: Frame): void {
    const queue = this.#queues.get(id) ?? { bytes: 0, frames: 0 };
    this.#queues.set(id, queue);
    queue.frames++;
    queue.bytes += HEADER_SIZE + body.length;
    if (queue.frames > WIRE.MAX_QUEUE || queue.bytes > WIRE.MAX_WINDOW) {
      throw new Error(`Thread ${id} has ${queue.frames} frames of ${queue.bytes} bytes`);
    }
    this.peak.bytes = Math.max(this.peak.bytes, queue.bytes);
    this.peak.frames = Math.max(this.peak.frames, queue.frames);
  }

  #answered({ id, body }: Frame): void {
    const queue = this.#queues.get(id)!;
    queue.frames--;
    queue.bytes -= HEADER_SIZE + body.length;
  }

  #spend({ id, body }: Frame): void {
    const left = (this.#credit.get(id) ?? 0) - body.length;
    if (left < 0) throw new Error(`${-left} bytes more than granted were written to stream ${id}`);
    this.#credit.set(id, left);
  }
}

/** Settles in a later turn of the event loop, when all that the current one queued has run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** The number of the thread that a CLONE makes. */
export function childOf({ body }: Frame): number {
  return new DataView(body.buffer, body.byteOffset).getUint32(0, true);
}

/** A REPLY to a CALL. */
export function replyFrame(
  call: Frame,
  results: readonly number[],
  { status = 0, outputs = new Uint8Array(0) }: { status?: number; outputs?: Uint8Array } = {},
): Uint8Array {
  const head = int32s(results.length, status);
  return frame(FRAME.REPLY, call.id, call.seq, concat([head, int64Bytes(...results), outputs]));
}

function frame(type: number, id: number, seq: number, body: Uint8Array): Uint8Array {
  const header = new Uint8Array(HEADER_SIZE);
  putHeader(new DataView(header.buffer), type, id, seq, body.length);
  return concat([header, body]);
}

function int64Bytes(...values: number[]): Uint8Array {
  return new Uint8Array(new BigInt64Array(values.map(BigInt)).buffer);
}

function int32s(...values: number[]): Uint8Array {
  return new Uint8Array(new Int32Array(values).buffer);
}
