/**
 * An agent for tests, in memory: a transport at whose far end the test decides what is answered. It
 * holds the program to the protocol, as the real one does, by throwing where that would end the
 * connection; `fake_agent_test.ts` compares its answers with the real one's. What the program says
 * without a question (ATTACH, ACK, WINDOW, ALIVE) it takes by itself.
 */
import {
  ATTACH,
  CAUSE,
  encodeWords,
  END,
  FRAME,
  type Frame,
  HEADER_SIZE,
  putHeader,
  STANDS,
  WIRE,
} from "../wire/mod.ts";
import { concat } from "./concat.ts";
import { AgentConnection, type AgentConnectionOptions } from "./connection.ts";
import { FakeQueues } from "./fake_queues.ts";
import type { Transport } from "./transport.ts";

/** Body lengths that a program may send, for each type: [least, most]. */
const LENGTHS: Readonly<Record<number, readonly [number, number]>> = {
  [FRAME.ATTACH]: [48, 48],
  [FRAME.LOOK]: [0, 0],
  [FRAME.SIGNAL]: [8, 8],
  [FRAME.ACK]: [0, 0],
  [FRAME.DOWN]: [0, 0],
  [FRAME.CLONE]: [24, 24],
  [FRAME.CALL]: [24, WIRE.MAX_CALL],
  [FRAME.INTERRUPT]: [0, 0],
  [FRAME.STOP]: [16, WIRE.MAX_BODY],
  [FRAME.NOTE]: [0, WIRE.MAX_NOTE],
  [FRAME.WRITE]: [1, WIRE.MAX_BODY],
  [FRAME.GRANT]: [4, 4],
  [FRAME.CLOSE]: [0, 0],
  [FRAME.ALIVE]: [4, 4],
  [FRAME.WINDOW]: [8, 8],
  [FRAME.KEEP]: [16, 16 + 8 * WIRE.MAX_OUTPUTS],
  [FRAME.RELEASE]: [1, WIRE.MAX_NAME],
  [FRAME.OUTPUT]: [24, 24],
};

/** A process of an earlier program. */
interface Stood {
  readonly thread: number;
  /** {@linkcode STANDS}. */
  readonly state: number;
}

const BUILD = "fa".repeat(20);

/** A far end that the test plays. */
export class FakeAgent implements Transport {
  readonly rate: number | undefined;
  /** What the program sent, and the test has not taken yet. */
  readonly received: Frame[] = [];
  readonly queues = new FakeQueues();
  /** How many writes the transport got. */
  writes = 0;
  /** Bytes of the program's stream in all. */
  taken = 0;
  closed = false;
  killed = false;
  /** The times that the program allows for silence, as it said them. */
  readonly alive: number[] = [];
  /** What the program lets come in all, and how often it wants to know what was taken. */
  window = 0;
  report = 0;
  /** The last event that the program acknowledged. */
  acknowledged = 0;
  /** Set to hold up what is written, until it settles. */
  passing: Promise<void> | undefined;
  /** What stands when the program comes. */
  stood: readonly Stood[] = [];
  readonly #credit = new Map<number, number>();
  readonly #ends: number[] = [];
  #attached = false;
  #attachResult = 0;
  #rest: Uint8Array = new Uint8Array(0);
  #onBytes: ((bytes: Uint8Array) => void) | undefined;
  #onEnd: ((cause?: Error) => void) | undefined;

  /** @param rate Of the link, as a transport knows it; nothing waits for it unless it is given. */
  constructor({ rate }: { rate?: number | undefined } = { rate: Infinity }) {
    this.rate = rate;
  }

  /** A connection to a fake agent that has said hello; `attached` is what it answers to ATTACH. */
  static async connect(
    options: Omit<AgentConnectionOptions, "buildOf"> & { rate?: number | undefined } = {},
    attached = 0,
  ): Promise<{ agent: FakeAgent; connection: AgentConnection }> {
    const agent = "rate" in options ? new FakeAgent(options) : new FakeAgent();
    agent.#attachResult = attached;
    const connecting = agent.connected(options);
    agent.hello();
    return { agent, connection: (await connecting).connection };
  }

  /** Connects to it; it still has to say hello. */
  connected(options: Omit<AgentConnectionOptions, "buildOf"> = {}) {
    return AgentConnection.connect("fake", this, {
      ...options,
      buildOf: () => Promise.resolve(BUILD),
    });
  }

  start(onBytes: (bytes: Uint8Array) => void, onEnd: (cause?: Error) => void): void {
    this.#onBytes = onBytes;
    this.#onEnd = onEnd;
  }

  write(bytes: Uint8Array): Promise<void> | void {
    if (this.closed) return;
    this.writes++;
    this.taken += bytes.length;
    this.#rest = concat([this.#rest, bytes]);
    for (let frame; (frame = this.#next()) !== undefined;) {
      this.#check(frame);
      if (!this.#takes(frame)) this.received.push(frame);
    }
    return this.passing;
  }

  close(): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  kill(): void {
    this.killed = true;
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

  /** @param generation Of the program that is or was in charge. */
  hello(build = BUILD, generation = 0): void {
    const text = new TextEncoder().encode("6.1.0fake/tmp/fakePATH=/bin\0");
    const host = int32s(1, 4096, 100, 0, 0, 101, 1024, 5, 4, 9, 10);
    const hash = Uint8Array.from(build.match(/../g)!, (pair) => parseInt(pair, 16));
    const core = concat([
      int32s(WIRE.MAGIC, WIRE.VERSION * 0x10001),
      hash,
      int32s(host.length + text.length),
      int64Bytes(generation, 5e9),
    ]);
    this.send(frame(FRAME.HELLO, 0, 0, concat([core, host, text])));
  }

  /** Answers a CALL: all its calls ran, with these results. */
  reply(call: Frame, results: readonly number[], outputs: Uint8Array = new Uint8Array(0)): void {
    this.queues.answered(call);
    this.send(replyFrame(call, results, { outputs }));
  }

  /** Answers a CLONE with a pid, or a negative errno. */
  cloned(clone: Frame, pid: number): void {
    this.queues.answered(clone);
    if (pid < 0) this.queues.free(childOf(clone));
    this.send(frame(FRAME.CLONED, childOf(clone), clone.seq, int64Bytes(pid)));
  }

  /** Answers a SIGNAL, a STOP or a LOOK with 0, or a negative errno. */
  result(asked: Frame, result: number): void {
    this.send(frame(FRAME.RESULT, asked.id, asked.seq, int64Bytes(result)));
  }

  /** Tells that a thread's process ended. */
  ended(
    thread: number,
    status: number,
    kind: number = END.EXITED,
    { cause = CAUSE.ITSELF, swept = 0 }: { cause?: number; swept?: number } = {},
  ): void {
    this.#ends.push(thread);
    const how = int32s(kind, status, cause, swept);
    const body = concat([int64Bytes(7, 6e9), how, int64Bytes(0, 0, 0)]);
    this.send(frame(FRAME.ENDED, thread, this.#ends.length, body));
  }

  /** Tells that a thread's process stopped, or went on. */
  changed(thread: number, signal: number, stopped: boolean): void {
    this.send(frame(FRAME.CHANGED, thread, 0, int32s(stopped ? 1 : 0, signal)));
  }

  /** Answers a LOOK with a service. */
  stands(look: Frame, thread: number, state: number = STANDS.SERVICE): void {
    const body = concat([int64Bytes(7, 6e9), int32s(200 + thread, state)]);
    this.send(frame(FRAME.STANDS, thread, look.seq, body));
  }

  dropped(stream: number, bytes: number): void {
    this.send(frame(FRAME.DROPPED, stream, 0, int64Bytes(bytes)));
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

  /** Says how much of the program's stream was taken. */
  receivedSoFar(bytes: number = this.taken): void {
    this.send(frame(FRAME.RECEIVED, 0, 0, int64Bytes(bytes)));
  }

  life(): void {
    this.send(frame(FRAME.LIFE, 0, 0, new Uint8Array(0)));
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
    const { type, body } = sent;
    const allowed = LENGTHS[type];
    if (!allowed || body.length < allowed[0] || body.length > allowed[1]) {
      throw new Error(`The program sent a frame of type ${type} and ${body.length} bytes`);
    }
    if ((type === FRAME.ATTACH) === this.#attached) throw new Error("ATTACH is the first frame");
    if (type === FRAME.CALL || type === FRAME.CLONE) this.queues.add(sent);
    if (type === FRAME.WRITE) this.#spend(sent);
  }

  /** Takes what needs no answer of the test. */
  #takes(sent: Frame): boolean {
    const view = new DataView(sent.body.buffer);
    switch (sent.type) {
      case FRAME.ATTACH:
        return this.#attach(sent);
      case FRAME.ACK:
        if (sent.seq <= this.acknowledged || sent.seq > this.#ends.length) {
          throw new Error(`The program acknowledged event ${sent.seq} of ${this.#ends.length}`);
        }
        while (this.acknowledged < sent.seq) this.queues.free(this.#ends[this.acknowledged++]!);
        return true;
      case FRAME.WINDOW:
        this.#let(Number(view.getBigUint64(0, true)));
        return true;
      case FRAME.ALIVE:
        this.alive.push(view.getUint32(0, true));
        return true;
    }
    return false;
  }

  #attach(sent: Frame): boolean {
    const view = new DataView(sent.body.buffer);
    const head = [view.getUint32(0, true), view.getUint16(4, true), view.getUint16(6, true)];
    const [magic, version, mode] = head;
    const isKnown = (Object.values(ATTACH) as number[]).includes(mode!);
    if (magic !== WIRE.MAGIC || version !== WIRE.VERSION || !isKnown) {
      throw new Error(`The program attached by ${head}`);
    }
    const looks = mode === ATTACH.LOOK;
    if ((view.getBigUint64(8, true) === 0n) !== looks) throw new Error("Its generation is wrong");
    this.#attached = true;
    this.#let(Number(view.getBigUint64(32, true)));
    this.report = view.getUint32(40, true);
    for (const { thread, state } of this.stood) this.stands(sent, thread, state);
    this.result(sent, this.#attachResult);
    return true;
  }

  #let(window: number): void {
    if (window < this.window) throw new Error(`The program took back what it let come`);
    this.window = window;
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
