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
  encodeAttach,
  encodeNote,
  encodeStop,
  encodeWords,
  FRAME,
  type Hello,
  RemoteProtocolError,
  type Reply,
  type Standing,
  type StopEntry,
} from "../wire/mod.ts";
import { type BuildOf, checkBuild, ownBuild } from "./build.ts";
import { type ByteReader, READ_WINDOW } from "./byte_reader.ts";
import type { ByteWriter } from "./byte_writer.ts";
import { call, clone } from "./calls.ts";
import { HostError, HostLostError, SyscallError } from "./errors.ts";
import { checkUnforeseen } from "./foresight.ts";
import { Incoming } from "./incoming.ts";
import { Link } from "./link.ts";
import { Requests } from "./requests.ts";
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

/** The order of threads and that of streams are apart: streams have the keys below zero. */
const streamKey = (number: number) => -1 - number;
/** An agent is used by one program, which is its first. */
const GENERATION = 1n;
/** Requests to stop processes that an agent goes through at once: PLANS of stops.c. More wait for one of them. */
const MOST_STOPS = 64;

/** One agent. */
export class AgentConnection {
  /** The name that the program gave the host; errors carry it. */
  readonly name: string;
  /** Settles, never rejecting, with the reason when the stream has ended. */
  readonly ended: Promise<HostError>;
  readonly #transport: Transport;
  readonly #link: Link;
  readonly #threads: Threads;
  readonly #requests: Requests;
  readonly #streams: Streams;
  /** The requests to stop processes that are not over; an agent takes no more than so many. */
  readonly #stops = new Set<Promise<void>>();
  readonly #looks = new Map<number, Standing[]>();
  readonly #incoming: Incoming;
  readonly #hello = Promise.withResolvers<Hello>();
  readonly #end = Promise.withResolvers<HostError>();
  #lost: HostError | undefined;
  #closing = false;

  private constructor(name: string, transport: Transport) {
    this.name = name;
    this.ended = this.#end.promise;
    this.#transport = transport;
    this.#link = new Link(transport, () => this.#signal(1, 0, false).then(() => {}, () => {}));
    this.#threads = new Threads((event) => this.#acknowledge(event));
    this.#requests = new Requests(name, this.#link.outbox, this.#threads);
    this.#streams = new Streams(this.#streamPort());
    this.#incoming = new Incoming({
      link: this.#link,
      requests: this.#requests,
      threads: this.#threads,
      streams: this.#streams,
      looks: this.#looks,
    }, this.#hello.resolve);
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
      checkUnforeseen(`connect to host ${name}`);
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
    return this.#link.piece;
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
    return call(this.#requests, thread, batch, signal);
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
    checkUnforeseen(`clone a thread on host ${this.name}`);
    return clone(this.#requests, this.#threads, { parent, flags, instance }, make);
  }

  /**
   * Signals the process of a thread, or its group if it leads one.
   *
   * @param what What is tried, for the error.
   */
  async signal(
    thread: number,
    number: number,
    group: boolean,
    what = `send signal ${number}`,
  ): Promise<void> {
    checkUnforeseen(what);
    const result = await this.#signal(thread, number, group);
    if (result < 0) throw this.#syscallError("kill", -result, what);
  }

  /**
   * Ends processes, level after level: all of one get their signal together, and are killed with what is
   * left of their trees when their grace is over. Settles when all have ended.
   */
  async stop(levels: readonly (readonly StopEntry[])[]): Promise<void> {
    checkUnforeseen(`stop processes on host ${this.name}`);
    while (this.#stops.size >= MOST_STOPS) await Promise.race(this.#stops);
    const stopping = this.#requests.ask((seq) => encodeStop(seq, levels));
    const over = stopping.then(() => {}, () => {}).finally(() => this.#stops.delete(over));
    this.#stops.add(over);
    const result = await stopping;
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
    this.#link.outbox.flush();
    await this.#transport.close();
    this.#finish(undefined);
  }

  #attach(silence: number): void {
    const program = crypto.getRandomValues(new Uint8Array(16));
    const attachment = { generation: GENERATION, program, ...this.#link.open() };
    this.#requests.ask((seq) => encodeAttach(seq, attachment)).then((result) => {
      if (result < 0) {
        this.#break(this.#syscallError("attach", -result, "take charge of the agent"));
      }
    }, () => {});
    if (silence === 0 || silence === Infinity) return;
    this.#link.watch(silence, (milliseconds) => {
      this.#finish(new Error(`it was silent for ${(milliseconds / 1000).toFixed(1)} s`));
      this.#transport.kill();
      this.#transport.close().catch(() => {});
    });
  }

  #streamPort(): StreamPort {
    const link = this.#link;
    return {
      send: (stream, frame) => this.#send(frame, streamKey(stream)),
      write: (stream, pieces, onSent) => {
        if (this.#lost) return;
        link.outbox.post({ pieces, keys: [streamKey(stream)], bulk: true, onSent });
      },
      whenSent: (stream, then) => link.outbox.whenSent(streamKey(stream), then),
      get piece() {
        return link.streamPiece;
      },
      failure: (syscall, errno) => this.#syscallError(syscall, errno, `${syscall} a stream`),
    };
  }

  #send(frame: Uint8Array, key?: number): void {
    if (!this.#lost) this.#link.outbox.send(frame, key);
  }

  #acknowledge(event: number): void {
    const frame = encodeWords(FRAME.ACK, 0, event, []);
    if (!this.#lost) this.#link.outbox.post({ pieces: [frame], keys: [], bulk: false, idle: true });
  }

  #signal(thread: number, number: number, group: boolean): Promise<number> {
    const words = [number, group ? 1 : 0];
    return this.#requests.ask((seq) => encodeWords(FRAME.SIGNAL, thread, seq, words));
  }

  #receive(bytes: Uint8Array): void {
    if (this.#lost) return;
    try {
      this.#incoming.push(bytes);
    } catch (error) {
      this.#break(error as Error);
    }
  }

  /** The stream cannot go on. */
  #break(cause: Error): void {
    this.#finish(cause);
    this.#transport.close().catch(() => {});
  }

  #finish(cause: Error | undefined): void {
    if (this.#lost) return;
    const lost = this.#lost = this.#reason(cause);
    this.#link.stop();
    this.#hello.reject(cause instanceof RemoteProtocolError ? this.#notAnAgent(cause) : lost);
    this.#requests.lose(lost);
    this.#streams.lose(lost);
    this.#threads.lose(lost);
    this.#end.resolve(lost);
  }

  #reason(cause: Error | undefined): HostError {
    const options = cause && { cause };
    if (this.#closing) return new HostLostError(this.name, `Host ${this.name} was closed`, options);
    const { farewell } = this.#incoming;
    if (cause instanceof HostError && !farewell) return cause;
    const why = cause?.message ?? "the agent's stream ended";
    const text = farewell ? `${why}; the agent said: ${farewell}` : why;
    return new HostLostError(this.name, `Host ${this.name} was lost: ${text}`, options);
  }

  #notAnAgent(cause: RemoteProtocolError): RemoteProtocolError {
    return new RemoteProtocolError(`Cannot use host ${this.name}: ${cause.message}`, { cause });
  }

  #syscallError(syscall: string, errno: number, what: string): SyscallError {
    return new SyscallError({ syscall, errno, what, host: this.name });
  }
}
