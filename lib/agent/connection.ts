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
  encodeKeep,
  encodeNote,
  encodeOutput,
  encodeRelease,
  encodeStop,
  encodeWords,
  FRAME,
  type Hello,
  OtherVersionError,
  RemoteProtocolError,
  type Reply,
  type Standing,
  type StopEntry,
} from "../wire/mod.ts";
import { abortable } from "../clock/mod.ts";
import { type BuildOf, checkBuild, ownBuild } from "./build.ts";
import { type ByteReader, READ_WINDOW } from "./byte_reader.ts";
import type { ByteWriter } from "./byte_writer.ts";
import { call, clone } from "./calls.ts";
import {
  HostClosedError,
  HostError,
  HostLostError,
  OccupiedError,
  SupersededError,
  SyscallError,
} from "./errors.ts";
import { checkUnforeseen } from "./foresight.ts";
import { Incoming } from "./incoming.ts";
import { Link } from "./link.ts";
import { recorder } from "./recorder.ts";
import { Requests } from "./requests.ts";
import type { StreamPort } from "./stream_port.ts";
import { Streams } from "./streams.ts";
import { type AttachMode, MODES, ownTenure, type Tenure } from "./tenure.ts";
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
  /** How the program comes to an agent that outlives it; without it the agent ends with the program. */
  standing?: AttachMode | undefined;
  /** The generation after which no program may have come. */
  after?: bigint | undefined;
  /** The program's generation. @default that of this program */
  tenure?: Tenure | undefined;
}

/** An agent that is connected. */
export interface Connected {
  readonly connection: AgentConnection;
  readonly hello: Hello;
  /** What stood when this program came, if the agent outlives it. */
  readonly stands: readonly Standing[];
  /** The generation of this program there. */
  readonly generation: bigint;
}

/** The order of threads and that of streams are apart: streams have the keys below zero. */
const streamKey = (number: number) => -1 - number;
/** How an agent's last words begin when another program has taken its place. */
const SUPERSEDED = /^superseded by /;
/** Requests to stop processes that an agent goes through at once: PLANS of stops.c. More wait for one of them. */
const MOST_STOPS = 64;
const [ENOENT, ESRCH, EBUSY, EPROTONOSUPPORT, ESTALE] = [2, 3, 16, 93, 116];

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
  readonly #looks = new Map<number, (standing: Standing) => void>();
  readonly #incoming: Incoming;
  readonly #hello = Promise.withResolvers<Hello>();
  readonly #end = Promise.withResolvers<HostError>();
  #lost: HostError | undefined;
  #closing = false;

  private constructor(name: string, transport: Transport) {
    this.name = name;
    this.ended = this.#end.promise;
    this.#transport = transport;
    const recording = recorder.connection(name);
    const probe = () => this.#signal(1, 0, false).then(() => {}, () => {});
    this.#link = new Link(transport, probe, recording.sent);
    this.#threads = new Threads((event) => this.#acknowledge(event));
    this.#requests = new Requests(name, this.#link.outbox, this.#threads);
    this.#streams = new Streams(this.#streamPort());
    this.#incoming = new Incoming({
      link: this.#link,
      requests: this.#requests,
      threads: this.#threads,
      streams: this.#streams,
      looks: this.#looks,
      recorder: recording,
    }, (hello) => {
      recording.arch = hello.host.arch;
      this.#hello.resolve(hello);
    });
    this.#hello.promise.catch(() => {});
  }

  /**
   * Waits for the agent's hello and takes charge of it; owns `transport` from now on, also when it throws.
   *
   * @throws {RemoteProtocolError} If the far side is not the agent of this build.
   * @throws {HostLostError} If the stream ends first.
   * @throws {SupersededError} If a program of a higher generation is or was in charge of it.
   * @throws {OccupiedError} If another program is, and it was not to be cut off.
   */
  static async connect(
    name: string,
    transport: Transport,
    options: AgentConnectionOptions = {},
  ): Promise<Connected> {
    const connection = new AgentConnection(name, transport);
    transport.start((bytes) => connection.#receive(bytes), (cause) => connection.#finish(cause));
    const { signal, silence = 0, buildOf = ownBuild, standing, after, tenure = ownTenure } =
      options;
    const onAbort = () => connection.#hello.reject(signal!.reason);
    signal?.addEventListener("abort", onAbort);
    try {
      signal?.throwIfAborted();
      checkUnforeseen(`connect to host ${name}`);
      const hello = await connection.#hello.promise;
      // One that stands was started by an earlier program; whether they speak the same, its answer says.
      if (standing === undefined) await checkBuild(name, hello, buildOf);
      if (connection.#lost) throw connection.#lost;
      const generation = standing === "look" ? 0n : tenure.generation(hello.generation);
      const isLater = after !== undefined && hello.generation > after;
      if (isLater && hello.generation !== generation) {
        const problem = `a program of generation ${hello.generation} has come after ${after}`;
        throw new SupersededError(name, `Host ${name} is not taken over: ${problem}`);
      }
      const attached = connection.#attach(tenure, generation, standing, silence);
      if (standing === undefined) {
        attached.catch((error) => connection.#break(error));
        return { connection, hello, stands: [], generation };
      }
      const stands = await abortable(attached, signal);
      // Its first thread was made anew since it said hello.
      const threadPid = stands.find(({ thread }) => thread === 1)?.pid ?? hello.host.threadPid;
      return {
        connection,
        hello: { ...hello, host: { ...hello.host, threadPid } },
        stands,
        generation,
      };
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

  /**
   * Has a service stay when the program goes, and its output be read on.
   *
   * @param stream Of its output.
   */
  async keep(thread: number, instance: bigint, stream: number | undefined): Promise<void> {
    const outputs = stream === undefined ? [] : [{ stream, room: 0 }];
    const result = await this.#requests.ask((seq) =>
      encodeKeep(thread, seq, { instance, outputs })
    );
    if (result < 0) throw this.#syscallError("keep", -result, "keep a service");
  }

  /** The processes that the agent has, and the descriptors that it holds. */
  async look(): Promise<Standing[]> {
    const { stands } = await this.#askWhatStands((seq) => encodeWords(FRAME.LOOK, 0, seq, []));
    return stands;
  }

  /** Closes a descriptor that the agent holds. */
  async release(name: string): Promise<void> {
    const result = await this.#requests.ask((seq) => encodeRelease(seq, name));
    if (result < 0) throw this.#syscallError("release", -result, `release what is held as ${name}`);
  }

  /**
   * The output of a service that is kept, from the first byte on that no program was sent.
   *
   * @returns Nothing if it keeps none.
   */
  async output(thread: number): Promise<ByteReader | undefined> {
    const reader = this.openReader();
    const request = { output: 0, stream: reader.number, credit: reader.window, from: 0n };
    const result = await this.#requests.ask((seq) => encodeOutput(thread, seq, request));
    if (result >= 0) return reader;
    this.abandon(reader);
    if (-result === ENOENT || -result === ESRCH) return undefined;
    throw this.#syscallError("output", -result, "read a service's output");
  }

  /** Has the agent end everything on its host, then itself; settles when the stream has ended. */
  async down(): Promise<void> {
    this.#closing = true;
    this.#send(encodeWords(FRAME.DOWN, 0, 0, []));
    await this.ended;
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

  /** Attaches; returns what stands, which is known when the agent has ended all that was not to stay. */
  #attach(
    { program }: Tenure,
    generation: bigint,
    mode: AttachMode | undefined,
    silence: number,
  ): Promise<readonly Standing[]> {
    const attachment = { generation, program, ...this.#link.open() };
    // What stands when a program comes is of an earlier one, and its ends may be told right away.
    const inherit = ({ state, thread }: Standing) => {
      if (state === "kept" || state === "ended") this.#threads.inherit(thread);
    };
    const attached = this.#askWhatStands(
      (seq) => encodeAttach(seq, { ...attachment, mode: MODES[mode ?? "take-over"] }),
      mode === "look" ? undefined : inherit,
    );
    // Who only looks says nothing of itself, and holds nothing that its silence could keep.
    if (mode !== "look" && silence !== 0 && silence !== Infinity) {
      this.#link.watch(silence, (milliseconds) => {
        this.#finish(new Error(`it was silent for ${(milliseconds / 1000).toFixed(1)} s`));
        this.#transport.kill();
        this.#transport.close().catch(() => {});
      });
    }
    return attached.then(({ result, stands }) => {
      if (result < 0) throw this.#refused(-result, mode);
      return stands;
    });
  }

  #refused(errno: number, mode: AttachMode | undefined): Error {
    const { name } = this;
    if (mode && errno === ESTALE) {
      return new SupersededError(name, `Host ${name} has a program that was started later`);
    }
    if (mode && errno === EPROTONOSUPPORT) {
      return new OtherVersionError(
        `Cannot use host ${name}: the agent that stands there speaks another version of the protocol; ` +
          `take it over, or run the program that started it`,
      );
    }
    if (mode && errno === EBUSY) {
      return new OccupiedError(name, `Host ${name} has another program in charge of it`);
    }
    return this.#syscallError("attach", errno, "take charge of the agent");
  }

  async #askWhatStands(
    encode: (seq: number) => Uint8Array,
    also?: (standing: Standing) => void,
  ): Promise<{ result: number; stands: Standing[] }> {
    const stands: Standing[] = [];
    let asked = 0;
    try {
      const result = await this.#requests.ask((seq) => {
        this.#looks.set(asked = seq, (standing) => {
          stands.push(standing);
          also?.(standing);
        });
        return encode(seq);
      });
      return { result, stands };
    } finally {
      this.#looks.delete(asked);
    }
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
    if (this.#closing) {
      return new HostClosedError(this.name, `Host ${this.name} was closed`, options);
    }
    const { farewell } = this.#incoming;
    if (farewell && SUPERSEDED.test(farewell)) {
      const text =
        `Host ${this.name} was taken over: this program was ${farewell}, and can change nothing there any more`;
      return new SupersededError(this.name, text, options);
    }
    if (cause instanceof HostError && !farewell) return cause;
    const why = cause?.message ?? "the agent's stream ended";
    const text = farewell ? `${why}; the agent said: ${farewell}` : why;
    return new HostLostError(this.name, `Host ${this.name} was lost: ${text}`, options);
  }

  #notAnAgent(cause: RemoteProtocolError): RemoteProtocolError {
    const kind = cause instanceof OtherVersionError ? OtherVersionError : RemoteProtocolError;
    return new kind(`Cannot use host ${this.name}: ${cause.message}`, { cause });
  }

  #syscallError(syscall: string, errno: number, what: string): SyscallError {
    return new SyscallError({ syscall, errno, what, host: this.name });
  }
}
