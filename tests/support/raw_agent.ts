/**
 * An agent driven frame by frame over its standard input and output, without the library's connection,
 * so that a test can send it anything. Every wait has a deadline.
 */
import assert from "node:assert/strict";
import { abi, type Arch } from "../../lib/abi/mod.ts";
import {
  type Attachment,
  BatchEncoder,
  type ChildEvent,
  decodeChanged,
  decodeEnded,
  decodeHello,
  decodeStands,
  encodeAttach,
  encodeClone,
  encodeStop,
  encodeWords,
  FRAME,
  type Frame,
  FrameReader,
  HEADER_SIZE,
  type Hello,
  Int32Ref,
  int64,
  PSEUDO,
  putHeader,
  Reply,
  type Standing,
  type StopEntry,
  STREAM,
} from "../../lib/wire/mod.ts";

const DEADLINE_MS = 10_000;
const O_CLOEXEC = 0o2000000;

/** A program that lets everything come. */
const PROGRAM: Attachment = {
  generation: 1n,
  program: new Uint8Array(16),
  window: Number.MAX_SAFE_INTEGER,
  report: 0,
};

/** A build of the agent that tests run. */
export interface Build {
  readonly name: string;
  readonly arch: Arch;
  readonly command: string;
  readonly args: string[];
}

/** Where the build puts agents: for an architecture, the one with sanitizers, and one of another protocol. */
export function agentPath(build: Arch | "sanitize" | "other_version"): string {
  return new URL(`../../dist/native/${build}/agent`, import.meta.url).pathname;
}

const plain: Build = { name: "agent", arch: "x86_64", command: agentPath("x86_64"), args: [] };
export const SANITIZED: Build = {
  ...plain,
  name: "sanitized agent",
  command: agentPath("sanitize"),
};
/** As init of a PID namespace: qemu-user has no subreapers, and orphans must fall to the agent. */
const emulated: Build = {
  name: "aarch64 agent",
  arch: "aarch64",
  command: "unshare",
  args: ["-Urpf", "--kill-child", "qemu-aarch64-static", agentPath("aarch64")],
};

/** Registers a test for builds; it fails when the agent leaves with anything but status 0. */
export function each(
  what: string,
  body: (agent: Greeted, arch: Arch) => Promise<void>,
  { builds = [plain, SANITIZED, emulated], program = {} }: {
    builds?: readonly Build[];
    program?: Partial<Attachment>;
  } = {},
): void {
  for (const { name, arch, command, args } of builds) {
    Deno.test(`${name} ${what}`, async () => {
      const agent = await RawAgent.start(command, args, program);
      try {
        await body(agent, arch);
      } finally {
        assert.deepEqual(await agent.end(), { code: 0, stderr: "", failed: undefined });
      }
    });
  }
}

/** The builds that run on this machine's processor itself. */
export const NATIVE: readonly Build[] = [plain, SANITIZED];

export class RawAgent implements AsyncDisposable {
  readonly process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #reader = new FrameReader();
  readonly #frames: Frame[] = [];
  readonly #stderr: Promise<string>;
  #wake = Promise.withResolvers<void>();
  #ended = false;
  #paused: PromiseWithResolvers<void> | undefined;
  #seq = 0;
  /** Every frame that was received, in order. */
  readonly received: Frame[] = [];

  constructor(
    command: string,
    args: string[] = [],
    env: Record<string, string> = {},
    cwd = ".",
  ) {
    const pipes = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    this.process = new Deno.Command(command, { args, env, cwd, ...pipes }).spawn();
    this.#writer = this.process.stdin.getWriter();
    this.#stderr = new Response(this.process.stderr).text();
    this.#receive();
  }

  /** An agent that has said hello, and this program attached to it. */
  static async start(
    command: string,
    args: string[] = [],
    program: Partial<Attachment> = {},
  ): Promise<Greeted> {
    const agent = new RawAgent(command, args);
    const { body } = await agent.next(FRAME.HELLO);
    await agent.send(encodeAttach(++agent.#seq, { ...PROGRAM, ...program }));
    assert.equal(await agent.result(), 0);
    return Object.assign(agent, { hello: decodeHello(body) });
  }

  async #receive(): Promise<void> {
    for await (const bytes of this.process.stdout) {
      await this.#paused?.promise;
      this.#reader.push(bytes, (frame) => {
        this.#frames.push(frame);
        this.received.push(frame);
      });
      this.#notify();
    }
    this.#ended = true;
    this.#notify();
  }

  /** Takes nothing more of what the agent says. */
  pause(): void {
    this.#paused = Promise.withResolvers<void>();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
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
    await this.send(
      encodeClone(parent, ++this.#seq, { child, flags, instance: instanceOf(child) }),
    );
  }

  /** The pid of the new thread, or a negative errno. */
  async clone(parent: number, child: number, flags = 0): Promise<number> {
    await this.sendClone(parent, child, flags);
    return await this.cloned(child);
  }

  async cloned(child: number): Promise<number> {
    return int64(viewOf(await this.next(FRAME.CLONED, child)), 0);
  }

  /** The next RESULT. */
  async result(): Promise<number> {
    return int64(viewOf(await this.next(FRAME.RESULT)), 0);
  }

  async signal(thread: number, signal: number, group = 0): Promise<number> {
    await this.send(encodeWords(FRAME.SIGNAL, thread, ++this.#seq, [signal, group]));
    return await this.result();
  }

  /** How a process ended. Its number is in use until it is acknowledged. */
  async ended(thread: number): Promise<ChildEvent & { event: number }> {
    const { seq, body } = await this.next(FRAME.ENDED, thread);
    return { ...decodeEnded(body), event: seq };
  }

  /** As `ended`, and acknowledges it. */
  async exit(thread: number): Promise<[string, number]> {
    const { kind, status, event } = await this.ended(thread);
    await this.send(encodeWords(FRAME.ACK, 0, event, []));
    return [kind, status];
  }

  async changed(thread: number): Promise<[string, number]> {
    const { kind, status } = decodeChanged((await this.next(FRAME.CHANGED, thread)).body);
    return [kind, status];
  }

  /** What stands. */
  async look(): Promise<Standing[]> {
    await this.send(encodeWords(FRAME.LOOK, 0, ++this.#seq, []));
    const before = this.received.length;
    assert.equal(await this.result(), 0);
    const standing = this.received.slice(before).filter(({ type }) => type === FRAME.STANDS);
    return standing.map(({ id, body }) => decodeStands(id, body));
  }

  async sendStop(levels: readonly (readonly StopEntry[])[]): Promise<void> {
    await this.send(encodeStop(++this.#seq, levels));
  }

  /** Makes a service of a new thread, in a session of its own, whose output is a stream. */
  async spawn(
    arch: Arch,
    number: number,
    argv: string[],
    { stream, credit = 1 << 20, environment = [] }: {
      stream?: number;
      credit?: number;
      environment?: string[];
    } = {},
  ): Promise<number> {
    const { pipe2, dup3, setsid } = abi(arch).syscalls;
    const pid = await this.clone(1, number);
    await this.call(number, (b) => {
      if (stream !== undefined) {
        const fds = b.room(8);
        b.call(pipe2, [fds, O_CLOEXEC]);
        b.call(PSEUDO.STREAM, [new Int32Ref(fds.value), stream, STREAM.FROM_FD, credit]);
        b.call(dup3, [new Int32Ref(fds.value + 4), 1, 0]);
      }
      b.call(setsid, []);
      addExec(arch, b, argv, [
        "PATH=/usr/bin:/bin",
        `BAILIWICK_INSTANCE=${instanceOf(number).toString(16).padStart(16, "0")}`,
        ...environment,
      ]);
    });
    return pid;
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

export type Greeted = RawAgent & { hello: Hello };

/** The instance that `sendClone` gives the process of a number. */
export function instanceOf(number: number): bigint {
  return 0x1234_5678_0000_0000n + BigInt(number);
}

function viewOf({ body }: Frame): DataView {
  return new DataView(body.buffer, body.byteOffset, body.byteLength);
}

/** A header and nothing else. */
export function header(type: number, id: number, seq: number, length: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE);
  putHeader(new DataView(bytes.buffer), type, id, seq, length);
  return bytes;
}

/** Adds execve(2) of a file with arguments and an environment. */
export function addExec(arch: Arch, batch: BatchEncoder, argv: string[], env: string[] = []): void {
  const path = batch.cstring(argv[0]!);
  batch.call(abi(arch).syscalls.execve, [path, batch.strings(argv), batch.strings(env)]);
}

/** Results as an array, for comparisons. */
export function results(reply: Reply): number[] {
  return Array.from({ length: reply.done }, (_, i) => reply.result(i));
}
