/**
 * An agent driven frame by frame over its standard input and output, without the library's connection,
 * so that a test can send it anything. Every wait has a deadline.
 */
import { abi, type Arch } from "../../lib/abi/mod.ts";
import {
  BatchEncoder,
  decodeHello,
  encodeWords,
  FRAME,
  type Frame,
  FrameReader,
  HEADER_SIZE,
  type Hello,
  putHeader,
  Reply,
} from "../../lib/wire/mod.ts";

const DEADLINE_MS = 10_000;

/** Where the build puts agents: for an architecture, or the one with sanitizers. */
export function agentPath(build: Arch | "sanitize"): string {
  return new URL(`../../dist/native/${build}/agent`, import.meta.url).pathname;
}

export class RawAgent implements AsyncDisposable {
  readonly process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #reader = new FrameReader();
  readonly #frames: Frame[] = [];
  readonly #stderr: Promise<string>;
  #wake = Promise.withResolvers<void>();
  #ended = false;
  #seq = 0;
  /** Every frame that was received, in order. */
  readonly received: Frame[] = [];

  constructor(command: string, args: string[] = [], env: Record<string, string> = {}) {
    const pipes = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    this.process = new Deno.Command(command, { args, env, ...pipes }).spawn();
    this.#writer = this.process.stdin.getWriter();
    this.#stderr = new Response(this.process.stderr).text();
    this.#receive();
  }

  /** An agent that has said hello. */
  static async start(command: string, args: string[] = []): Promise<RawAgent & { hello: Hello }> {
    const agent = new RawAgent(command, args);
    const { body } = await agent.next(FRAME.HELLO);
    return Object.assign(agent, { hello: decodeHello(body) });
  }

  async #receive(): Promise<void> {
    for await (const bytes of this.process.stdout) {
      this.#reader.push(bytes, (frame) => {
        this.#frames.push(frame);
        this.received.push(frame);
      });
      this.#notify();
    }
    this.#ended = true;
    this.#notify();
  }

  #notify(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }

  /** Sends bytes as they are. A stream that the agent has closed is no error. */
  async send(bytes: Uint8Array): Promise<void> {
    await this.#writer.write(Uint8Array.from(bytes)).catch(() => {});
  }

  /** Takes the next frame of a type, for a number if one is given. */
  async next(type: number, id?: number): Promise<Frame> {
    const timeout = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const seen = this.received.map((frame) => `${frame.type}:${frame.id}`).slice(-20).join(" ");
      timeout.reject(new Error(`No frame ${type} for ${id} in time; last: ${seen}`));
    }, DEADLINE_MS);
    try {
      for (;;) {
        const at = this.#frames.findIndex((f) => f.type === type && (id ?? f.id) === f.id);
        if (at >= 0) return this.#frames.splice(at, 1)[0]!;
        if (this.#ended) throw new Error(`The agent ended: ${await this.#stderr}`);
        await Promise.race([this.#wake.promise, timeout.promise]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits until anything more has come, or the stream has ended. */
  async more(): Promise<void> {
    if (!this.#ended) await this.#wake.promise;
  }

  /** Sends a batch, spoilt if asked; its sequence number. */
  async sendCall(
    thread: number,
    build: (batch: BatchEncoder) => void,
    spoil: (frame: DataView) => void = () => {},
  ): Promise<number> {
    const batch = new BatchEncoder();
    build(batch);
    const frame = Uint8Array.from(batch.finish(thread, ++this.#seq));
    spoil(new DataView(frame.buffer));
    await this.send(frame);
    return this.#seq;
  }

  /** Runs a batch and takes its reply. */
  async call<T = void>(thread: number, build: (batch: BatchEncoder) => T) {
    const batch = new BatchEncoder();
    const built = build(batch);
    const { calls, outputs } = batch;
    await this.send(batch.finish(thread, ++this.#seq));
    const { body } = await this.next(FRAME.REPLY, thread);
    return { reply: new Reply(body, calls, outputs), built };
  }

  async sendClone(parent: number, child: number, flags = 0): Promise<void> {
    await this.send(encodeWords(FRAME.CLONE, parent, ++this.#seq, [child, 0, flags, 0]));
  }

  /** The pid of the new thread. */
  async clone(parent: number, child: number): Promise<number> {
    await this.sendClone(parent, child);
    return await this.cloned(child);
  }

  async cloned(child: number): Promise<number> {
    const { body } = await this.next(FRAME.CLONED, child);
    return Number(new DataView(body.buffer).getBigInt64(0, true));
  }

  async signal(thread: number, signal: number, group = 0): Promise<number> {
    await this.send(encodeWords(FRAME.SIGNAL, thread, ++this.#seq, [signal, group]));
    const { body } = await this.next(FRAME.RESULT, thread);
    return Number(new DataView(body.buffer).getBigInt64(0, true));
  }

  /** How a process changed: [kind, status]. */
  async child(thread: number): Promise<[number, number]> {
    const view = new DataView((await this.next(FRAME.CHILD, thread)).body.buffer);
    return [view.getUint32(0, true), view.getInt32(4, true)];
  }

  /** Waits until nothing has the agent's standard output and error open any more. */
  async finished(): Promise<string> {
    await this.#writer.close().catch(() => {});
    while (!this.#ended) await this.#wake.promise;
    return await this.#stderr;
  }

  /** Closes the stream; how the agent ended and what it wrote to standard error. */
  async end(): Promise<{ code: number; stderr: string; failed: string | undefined }> {
    const stderr = await this.finished();
    const { code } = await this.process.status;
    const failure = this.received.find((frame) => frame.type === FRAME.FAIL);
    return { code, stderr, failed: failure && new TextDecoder().decode(failure.body) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

/** A header and nothing else. */
export function header(type: number, id: number, seq: number, length: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE);
  putHeader(new DataView(bytes.buffer), type, id, seq, length);
  return bytes;
}

/** Adds execve(2) of a file with arguments and an environment. */
export function addExec(arch: Arch, batch: BatchEncoder, argv: string[], env: string[] = []): void {
  const text = (value: string) => batch.put(new TextEncoder().encode(value), 1);
  const before = batch.calls;
  const vector = (values: string[]) => {
    const strings = values.map(text);
    const pointers = batch.room((values.length + 1) * 8);
    strings.forEach((ref, i) => batch.patchPointer(before, pointers.value + i * 8, ref));
    return pointers;
  };
  batch.call(abi(arch).syscalls.execve, [text(argv[0]!), vector(argv), vector(env)]);
}

/** Results as an array, for comparisons. */
export function results(reply: Reply): number[] {
  return Array.from({ length: reply.done }, (_, i) => reply.result(i));
}
