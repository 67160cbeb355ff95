/**
 * The program's end of the stream to one agent: sends requests, hands out what comes, and says what became
 * of each request when the stream ends.
 *
 * A request that was handed to the transport is never sent again. When the stream ends, requests that
 * were sent fail with {@linkcode UnknownOutcomeError}, and those still waiting with
 * {@linkcode HostLostError}, since they certainly did not happen. The first reason stands; what fails
 * because of it is not another.
 */
import {
  type BatchEncoder,
  decodeChanged,
  decodeEnded,
  decodeHello,
  decodeStands,
  encodeAttach,
  encodeClone,
  encodeNote,
  encodeStop,
  encodeWindow,
  encodeWords,
  FRAME,
  type Frame,
  FrameReader,
  HEADER_SIZE,
  type Hello,
  RemoteProtocolError,
  Reply,
  type Standing,
  type StopEntry,
  WIRE,
} from "../wire/mod.ts";
import { type BuildOf, checkBuild, ownBuild } from "./build.ts";
import { type ByteReader, READ_WINDOW } from "./byte_reader.ts";
import type { ByteWriter } from "./byte_writer.ts";
import { HostError, HostLostError, SyscallError } from "./errors.ts";
import { Inflow } from "./inflow.ts";
import { Liveness } from "./liveness.ts";
import { Outbox } from "./outbox.ts";
import { Outflow } from "./outflow.ts";
import { Requests, resultOf } from "./requests.ts";
import type { StreamPort } from "./stream_port.ts";
import { Streams } from "./streams.ts";
import { type ChildHandler, Threads } from "./threads.ts";
import type { Transport } from "./transport.ts";

/** How a connection is made. */
export interface AgentConnectionOptions {
  /** Gives up. */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds that either side may be silent before the other takes it for dead; 0 or Infinity: for
   * ever.
   *
   * @default 0
   */
  silence?: number | undefined;
  /** The build that the agent must be; else that of the agent that the program itself has. */
  buildOf?: BuildOf | undefined;
}

/** Bytes that one call can move where no link is slow: a frame less what goes with them. */
export const LARGEST_PIECE = WIRE.MAX_BODY - 4096;
/** The order of threads and that of streams are apart: streams have the keys below zero. */
const streamKey = (number: number) => -1 - number;
/** An agent is used by one program, which is its first. */
const GENERATION = 1n;

/** One agent. */
export class AgentConnection {
  /** The name that the program gave the host; errors carry it. */
  readonly name: string;
  /** Settles, never rejecting, with the reason when the stream has ended. */
  readonly ended: Promise<HostError>;
  readonly #transport: Transport;
  readonly #reader = new FrameReader();
  readonly #outflow = new Outflow();
  readonly #inflow: Inflow;
  readonly #outbox: Outbox;
  readonly #threads: Threads;
  readonly #requests: Requests;
  readonly #streams: Streams;
  readonly #looks = new Map<number, Standing[]>();
  readonly #hello = Promise.withResolvers<Hello>();
  readonly #end = Promise.withResolvers<HostError>();
  #liveness: Liveness | undefined;
  #greeted = false;
  #lost: HostError | undefined;
  #closing = false;
  #failText: string | undefined;

  private constructor(name: string, transport: Transport) {
    this.name = name;
    this.ended = this.#end.promise;
    this.#transport = transport;
    this.#outbox = new Outbox((bytes) => transport.write(bytes), this.#outflow);
    this.#inflow = new Inflow({
      grant: (total) => this.#send(encodeWindow(total)),
      probe: () => this.#signal(1, 0, false).then(() => {}, () => {}),
      now: () => performance.now(),
    });
    this.#threads = new Threads((event) => this.#send(encodeWords(FRAME.ACK, 0, event, [])));
    this.#requests = new Requests(name, this.#outbox, this.#threads);
    this.#streams = new Streams((number) => this.#streamPort(number));
    this.#hello.promise.catch(() => {});
  }

  /**
   * Waits for the agent's hello and takes charge of it; owns `transport` from now on, also when it throws.
   *
   * @throws {RemoteProtocolError} If the far side is not the agent of this build.
   * @throws {HostLostError} If the stream ends first.
   */
  static async connect(
    name: string,
    transport: Transport,
    options: AgentConnectionOptions = {},
  ): Promise<{ connection: AgentConnection; hello: Hello }> {
    const connection = new AgentConnection(name, transport);
    transport.start((bytes) => connection.#receive(bytes), (cause) => connection.#finish(cause));
    const { signal, silence = 0, buildOf = ownBuild } = options;
    const onAbort = () => connection.#hello.reject(signal!.reason);
    signal?.addEventListener("abort", onAbort);
    try {
      signal?.throwIfAborted();
      const hello = await connection.#hello.promise;
      await checkBuild(name, hello, buildOf);
      if (connection.#lost) throw connection.#lost;
      connection.#attach(silence);
      return { connection, hello };
    } catch (error) {
      await connection.close();
      throw error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** The reason when the stream has ended. */
  get lost(): HostError | undefined {
    return this.#lost;
  }

  /**
   * Bytes that one call should move at the most, in either direction: a frame is sent whole, so on a slow
   * link a long one holds up all that comes after it.
   */
  get piece(): number {
    return Math.min(this.#outflow.window, this.#inflow.window, LARGEST_PIECE);
  }

  /**
   * Runs a batch on a thread.
   *
   * When `signal` is aborted, a batch that was not sent yet is withdrawn; one that was sent is
   * interrupted, and its reply still comes, since its side effects may have happened.
   *
   * @throws {LocalProtocolError} If the batch breaks a rule of the protocol; nothing of it was run.
   */
  call(thread: number, batch: BatchEncoder, signal?: AbortSignal): Promise<Reply> {
    if (this.#lost) return Promise.reject(this.#requests.notSent());
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { calls, outputs } = batch;
    const seq = this.#requests.next();
    const pieces = batch.finishInPieces(thread, seq);
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const takeBack = this.#requests.post({
      thread,
      seq,
      footprint: length + batch.spaceLength,
      frame: { pieces, keys: [thread], bulk: length > HEADER_SIZE + WIRE.SMALL },
      type: FRAME.REPLY,
      answer: (body) => {
        const reply = new Reply(body, calls, outputs);
        const refusal = reply.refusal(this.name);
        if (refusal) reject(refusal);
        else resolve(reply);
      },
      fail: reject,
    });
    if (!signal) return promise;
    const onAbort = () => {
      if (takeBack()) reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort);
    return promise.finally(() => signal.removeEventListener("abort", onAbort));
  }

  /**
   * Clones `parent`. The number of the new thread can be used at once, before the clone is made. `make`
   * is called as soon as it is, so that whoever it makes can register for the events that follow.
   *
   * @param instance Random: which process the new one is, of all that ever have its number or pid.
   */
  clone<T>(
    parent: number,
    flags: number,
    instance: bigint,
    make: (thread: number, pid: number) => T,
  ): { thread: number; made: Promise<T> } {
    if (this.#lost) throw this.#requests.notSent();
    const { number: child, release } = this.#threads.take();
    const seq = this.#requests.next();
    const bytes = encodeClone(parent, seq, { child, flags, instance });
    const { promise: made, resolve, reject } = Promise.withResolvers<T>();
    this.#requests.post({
      thread: parent,
      seq,
      footprint: bytes.length,
      frame: { pieces: [bytes], keys: [parent, child], bulk: false },
      type: FRAME.CLONED,
      answer: (body) => {
        const result = resultOf(body);
        if (result > 0) return resolve(make(child, result));
        this.#threads.give(child);
        reject(this.#syscallError("clone", -result, "clone a thread"));
      },
      fail: reject,
      onPosted: release,
    });
    return { thread: child, made };
  }

  /** Signals the process of a thread, or its group if it leads one. */
  async signal(thread: number, number: number, group: boolean): Promise<void> {
    const result = await this.#signal(thread, number, group);
    if (result < 0) throw this.#syscallError("kill", -result, `send signal ${number}`);
  }

  /**
   * Ends processes, level after level: all of one get their signal together, and are killed with what is
   * left of their trees when their grace is over. Settles when all have ended.
   */
  async stop(levels: readonly (readonly StopEntry[])[]): Promise<void> {
    const result = await this.#requests.ask((seq) => encodeStop(seq, levels));
    if (result < 0) throw this.#syscallError("stop", -result, "stop processes");
  }

  /** Has the agent keep a note for a process. */
  note(thread: number, bytes: Uint8Array): void {
    this.#send(encodeNote(thread, bytes), thread);
  }

  /** The processes that the agent has. */
  async look(): Promise<Standing[]> {
    const standing: Standing[] = [];
    let asked = 0;
    try {
      await this.#requests.ask((seq) => {
        this.#looks.set(asked = seq, standing);
        return encodeWords(FRAME.LOOK, 0, seq, []);
      });
    } finally {
      this.#looks.delete(asked);
    }
    return standing;
  }

  /** Calls back for each event of the thread's process, until it has ended. */
  onChild(thread: number, handler: ChildHandler): void {
    if (this.#lost) handler.lose(this.#lost);
    else this.#threads.onChild(thread, handler);
  }

  /**
   * A stream that a PSEUDO_STREAM call of a batch will open, to read from a descriptor.
   *
   * @param window Bytes that the agent may send ahead of the reader; the call names the same.
   * @throws {RangeError} If no stream can have such a window.
   */
  openReader(window: number = READ_WINDOW): ByteReader {
    if (this.#lost) throw this.#requests.notSent();
    return this.#streams.openReader(window);
  }

  /** A stream that a PSEUDO_STREAM call of a batch will open, to write to a descriptor. */
  openWriter(): ByteWriter {
    if (this.#lost) throw this.#requests.notSent();
    return this.#streams.openWriter();
  }

  /** Forgets a stream whose opening call did not run. */
  abandon(stream: ByteReader | ByteWriter): void {
    this.#streams.abandon(stream);
  }

  /** Ends the stream: the agent ends everything on its host. Settles when the transport is gone. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#outbox.flush();
    await this.#transport.close();
    this.#finish(undefined);
  }

  #attach(silence: number): void {
    const { rate } = this.#transport;
    const isLink = rate !== Infinity;
    const window = isLink ? this.#inflow.open(rate) : Number.MAX_SAFE_INTEGER;
    const report = isLink ? this.#outflow.open(rate) : 0;
    const program = crypto.getRandomValues(new Uint8Array(16));
    const attachment = { generation: GENERATION, program, window, report };
    this.#requests.ask((seq) => encodeAttach(seq, attachment)).then((result) => {
      if (result < 0) {
        this.#break(this.#syscallError("attach", -result, "take charge of the agent"));
      }
    }, () => {});
    if (silence === 0 || silence === Infinity) return;
    this.#liveness = new Liveness(silence, this.#outbox, (milliseconds) => {
      this.#finish(new Error(`it was silent for ${(milliseconds / 1000).toFixed(1)} s`));
      this.#transport.kill();
      this.#transport.close().catch(() => {});
    });
  }

  #streamPort(number: number): StreamPort {
    const connection = this as AgentConnection;
    const keys = [streamKey(number)];
    return {
      send: (frame) => this.#send(frame, keys[0]),
      write: (pieces, onSent) => {
        if (!this.#lost) this.#outbox.post({ pieces, keys, bulk: true, onSent });
      },
      get piece() {
        return Math.min(connection.#outflow.window, WIRE.MAX_BODY);
      },
      failure: (syscall, errno) => this.#syscallError(syscall, errno, `${syscall} a stream`),
    };
  }

  #send(frame: Uint8Array, key?: number): void {
    if (!this.#lost) this.#outbox.send(frame, key);
  }

  #signal(thread: number, number: number, group: boolean): Promise<number> {
    const words = [number, group ? 1 : 0];
    return this.#requests.ask((seq) => encodeWords(FRAME.SIGNAL, thread, seq, words));
  }

  #receive(bytes: Uint8Array): void {
    if (this.#lost) return;
    this.#liveness?.heard();
    try {
      this.#reader.push(bytes, (frame) => this.#dispatch(frame));
    } catch (error) {
      this.#break(error as Error);
    }
  }

  #dispatch({ type, id, seq, body }: Frame): void {
    if (!this.#greeted) return this.#greet(type, body);
    this.#inflow.received(type, body.length);
    switch (type) {
      case FRAME.REPLY:
      case FRAME.CLONED:
      case FRAME.RESULT:
        return this.#requests.answer(type, seq, body);
      case FRAME.ENDED:
        return this.#threads.ended(id, seq, decodeEnded(body));
      case FRAME.CHANGED:
        return this.#threads.changed(id, decodeChanged(body));
      case FRAME.DATA:
        return this.#streams.data(id, body);
      case FRAME.CREDIT:
        return this.#streams.credit(id, viewOf(body).getUint32(0, true));
      case FRAME.END:
        return this.#streams.end(id, viewOf(body).getInt32(0, true));
      case FRAME.LIFE:
        return;
      case FRAME.RECEIVED:
        this.#outflow.received(resultOf(body), this.#outbox.isHeldUp, performance.now());
        return this.#outbox.resume();
      case FRAME.STANDS:
        return void this.#looks.get(seq)?.push(decodeStands(id, body));
      case FRAME.FAIL:
        return this.#failed(body);
      default:
        throw new RemoteProtocolError(`The agent sent an unexpected frame of type ${type}`);
    }
  }

  #greet(type: number, body: Uint8Array): void {
    if (type === FRAME.FAIL) return this.#failed(body);
    if (type !== FRAME.HELLO) throw new RemoteProtocolError("The agent did not begin with a hello");
    this.#greeted = true;
    this.#hello.resolve(decodeHello(body));
  }

  #failed(body: Uint8Array): void {
    this.#failText = new TextDecoder().decode(body);
  }

  /** The stream cannot go on. */
  #break(cause: Error): void {
    this.#finish(cause);
    this.#transport.close().catch(() => {});
  }

  #finish(cause: Error | undefined): void {
    if (this.#lost) return;
    const lost = this.#lost = this.#reason(cause);
    this.#liveness?.stop();
    this.#hello.reject(cause instanceof RemoteProtocolError ? this.#notAnAgent(cause) : lost);
    this.#requests.lose(lost);
    this.#streams.lose(lost);
    this.#threads.lose(lost);
    this.#end.resolve(lost);
  }

  #reason(cause: Error | undefined): HostError {
    const options = cause && { cause };
    if (this.#closing) return new HostLostError(this.name, `Host ${this.name} was closed`, options);
    if (cause instanceof HostError && !this.#failText) return cause;
    const why = cause?.message ?? "the agent's stream ended";
    const text = this.#failText ? `${why}; the agent said: ${this.#failText}` : why;
    return new HostLostError(this.name, `Host ${this.name} was lost: ${text}`, options);
  }

  #notAnAgent(cause: RemoteProtocolError): RemoteProtocolError {
    return new RemoteProtocolError(`Cannot use host ${this.name}: ${cause.message}`, { cause });
  }

  #syscallError(syscall: string, errno: number, what: string): SyscallError {
    return new SyscallError({ syscall, errno, what, host: this.name });
  }
}

function viewOf(body: Uint8Array): DataView {
  return new DataView(body.buffer, body.byteOffset, body.byteLength);
}
