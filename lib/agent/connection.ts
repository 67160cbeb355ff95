/**
 * The program's end of the stream to one agent: numbers threads and streams, matches answers with
 * requests, and says what became of each request when the stream ends.
 *
 * A request that was handed to the transport is never sent again. When the stream ends, requests that
 * were sent fail with {@linkcode UnknownOutcomeError}, and those still waiting with
 * {@linkcode HostLostError}, since they certainly did not happen.
 */
import {
  type BatchEncoder,
  type ChildEvent,
  decodeChildEvent,
  decodeHello,
  encodeWords,
  FRAME,
  type Frame,
  FrameReader,
  type Hello,
  int64,
  RemoteProtocolError,
  Reply,
  WIRE,
} from "../wire/mod.ts";
import { HostError, HostLostError, SyscallError, UnknownOutcomeError } from "./errors.ts";
import { Numbers } from "./numbers.ts";
import { Outbox } from "./outbox.ts";
import { ByteReader, ByteWriter } from "./streams.ts";
import type { Transport } from "./transport.ts";
import { Window } from "./window.ts";

interface Pending {
  readonly type: number;
  readonly answer: (body: Uint8Array) => void;
  readonly fail: (error: Error) => void;
}

/** Takes what becomes of the process of one thread. */
export interface ChildHandler {
  notify(event: ChildEvent): void;
  /** The connection ended before the process did. */
  lose(reason: HostError): void;
}

/** One agent. */
export class AgentConnection {
  /** The name that the program gave the host; errors carry it. */
  readonly name: string;
  /** Settles, never rejecting, with the reason when the stream has ended. */
  readonly ended: Promise<HostError>;
  readonly #transport: Transport;
  readonly #reader = new FrameReader();
  readonly #outbox: Outbox;
  readonly #hello = Promise.withResolvers<Hello>();
  readonly #end = Promise.withResolvers<HostError>();
  readonly #threads = new Numbers(2, WIRE.NUMBERS, "thread numbers");
  readonly #streamNumbers = new Numbers(0, WIRE.NUMBERS, "streams");
  readonly #pending = new Map<number, Pending>();
  readonly #windows = new Map<number, Window>();
  readonly #children = new Map<number, ChildHandler>();
  readonly #streams = new Map<number, ByteReader | ByteWriter>();
  #seq = 0;
  #greeted = false;
  #lost: HostError | undefined;
  #closing = false;
  #failText: string | undefined;

  private constructor(name: string, transport: Transport) {
    this.name = name;
    this.ended = this.#end.promise;
    this.#transport = transport;
    this.#outbox = new Outbox((bytes) => transport.write(bytes));
    this.#hello.promise.catch(() => {});
  }

  /**
   * Waits for the agent's hello and owns `transport` from now on, also when it throws.
   *
   * @throws {RemoteProtocolError} If the far side is not an agent of this build's protocol.
   * @throws {HostLostError} If the stream ends first.
   */
  static async connect(
    name: string,
    transport: Transport,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<{ connection: AgentConnection; hello: Hello }> {
    const connection = new AgentConnection(name, transport);
    transport.start((bytes) => connection.#receive(bytes), (cause) => connection.#finish(cause));
    const { signal } = options;
    const onAbort = () => connection.#hello.reject(signal!.reason);
    signal?.addEventListener("abort", onAbort);
    try {
      signal?.throwIfAborted();
      return { connection, hello: await connection.#hello.promise };
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
   * Runs a batch on a thread.
   *
   * When `signal` is aborted, a batch that was not sent yet is withdrawn; one that was sent is
   * interrupted, and its reply still comes, since its side effects may have happened.
   */
  call(thread: number, batch: BatchEncoder, signal?: AbortSignal): Promise<Reply> {
    if (this.#lost) return Promise.reject(this.#notSent());
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { calls, outputs } = batch;
    const seq = this.#nextSeq();
    const pieces = batch.finishInPieces(thread, seq);
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const answer = (body: Uint8Array) => resolve(new Reply(body, calls, outputs));
    const pending = { type: FRAME.REPLY, answer, fail: reject };
    const withdraw = this.#request(thread, pieces, pending, seq);
    if (!signal) return promise;
    const onAbort = () => {
      if (withdraw()) reject(signal.reason);
      else this.#interrupt(thread, seq);
    };
    signal.addEventListener("abort", onAbort);
    return promise.finally(() => signal.removeEventListener("abort", onAbort));
  }

  /**
   * Clones `parent`. The number of the new thread can be used at once, before the clone is made. `make`
   * is called as soon as it is, so that whoever it makes can register for the events that follow.
   */
  clone<T>(
    parent: number,
    flags: number,
    make: (thread: number, pid: number) => T,
  ): { thread: number; made: Promise<T> } {
    if (this.#lost) throw this.#notSent();
    const thread = this.#threads.take();
    const seq = this.#nextSeq();
    const bytes = encodeWords(FRAME.CLONE, parent, seq, [thread, 0, flags >>> 0, 0]);
    const { promise: made, resolve, reject } = Promise.withResolvers<T>();
    const answer = (body: Uint8Array) => {
      const result = bodyInt64(body);
      if (result > 0) return resolve(make(thread, result));
      this.#threads.give(thread);
      reject(this.#syscallError("clone", -result, "clone a thread"));
    };
    const pending = { type: FRAME.CLONED, answer, fail: reject };
    this.#request(parent, [bytes], pending, seq, this.#hold(thread));
    return { thread, made };
  }

  /** Signals the process of a thread, or its group if it leads one. */
  async signal(thread: number, number: number, group: boolean): Promise<void> {
    if (this.#lost) throw this.#notSent();
    const seq = this.#nextSeq();
    const bytes = encodeWords(FRAME.SIGNAL, thread, seq, [number, group ? 1 : 0]);
    const result = await this.#answerInt64(FRAME.RESULT, seq, () => this.#outbox.send(bytes));
    if (result < 0) throw this.#syscallError("kill", -result, `send signal ${number}`);
  }

  /** Asks the agent to end everything unless it hears more within this many milliseconds. */
  alive(silence: number): void {
    if (!this.#lost) this.#outbox.send(encodeWords(FRAME.ALIVE, 0, 0, [silence]));
  }

  /** Calls back for each event of the thread's process, until it has ended. */
  onChild(thread: number, handler: ChildHandler): void {
    if (this.#lost) handler.lose(this.#lost);
    else this.#children.set(thread, handler);
  }

  /** A stream that a PSEUDO_STREAM call of a batch will open, to read from a descriptor. */
  openReader(): ByteReader {
    return this.#open(ByteReader);
  }

  /** A stream that a PSEUDO_STREAM call of a batch will open, to write to a descriptor. */
  openWriter(): ByteWriter {
    return this.#open(ByteWriter);
  }

  /** Forgets a stream whose opening call did not run. */
  abandon(stream: ByteReader | ByteWriter): void {
    if (this.#streams.get(stream.number) === stream) this.#endStream(stream.number, undefined);
  }

  /** Ends the stream: the agent ends everything on its host. Settles when the transport is gone. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#outbox.flush();
    await this.#transport.close();
    this.#finish(undefined);
  }

  #open<T extends ByteReader | ByteWriter>(
    Stream: new (
      number: number,
      port: { send(b: Uint8Array): void; failure(e: number): Error },
    ) => T,
  ): T {
    if (this.#lost) throw this.#notSent();
    const stream = new Stream(this.#streamNumbers.take(), {
      send: (bytes) => this.#lost || this.#outbox.send(bytes),
      failure: (errno) => this.#syscallError("read", errno, "use a stream"),
    });
    this.#streams.set(stream.number, stream);
    return stream;
  }

  #nextSeq(): number {
    return this.#seq = (this.#seq + 1) >>> 0;
  }

  /** Keeps back the requests of a new thread; returns what lets them follow its CLONE. */
  #hold(thread: number): () => void {
    const window = this.#window(thread);
    window.hold();
    return () => {
      window.release();
      if (window.idle) this.#windows.delete(thread);
    };
  }

  #request(
    thread: number,
    pieces: readonly Uint8Array[],
    pending: Pending,
    seq: number,
    onSent?: () => void,
  ): () => boolean {
    const window = this.#window(thread);
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const answered = () => {
      window.answered(length);
      if (window.idle) this.#windows.delete(thread);
    };
    return window.send(length, () => {
      if (this.#lost) return pending.fail(this.#notSent());
      this.#pending.set(seq, {
        ...pending,
        answer: (body) => {
          pending.answer(body);
          answered();
        },
      });
      for (const piece of pieces) this.#outbox.send(piece);
      onSent?.();
    });
  }

  #window(thread: number): Window {
    let window = this.#windows.get(thread);
    if (!window) this.#windows.set(thread, window = new Window());
    return window;
  }

  #answerInt64(type: number, seq: number, send: () => void): Promise<number> {
    return new Promise((resolve, fail) => {
      this.#pending.set(seq, { type, answer: (body) => resolve(bodyInt64(body)), fail });
      send();
    });
  }

  #interrupt(thread: number, seq: number): void {
    if (!this.#pending.has(seq)) return;
    this.#outbox.send(encodeWords(FRAME.INTERRUPT, thread, seq, []));
  }

  #receive(bytes: Uint8Array): void {
    if (this.#lost) return;
    try {
      this.#reader.push(bytes, (frame) => this.#dispatch(frame));
    } catch (error) {
      this.#finish(error as Error);
      this.#transport.close().catch(() => {});
    }
  }

  #dispatch({ type, id, seq, body }: Frame): void {
    if (!this.#greeted) return this.#greet(type, body);
    switch (type) {
      case FRAME.REPLY:
      case FRAME.CLONED:
      case FRAME.RESULT:
        return this.#answer(type, seq, body);
      case FRAME.CHILD:
        return this.#child(id, body);
      case FRAME.DATA: {
        const stream = this.#streams.get(id);
        if (stream instanceof ByteReader) stream.push(body);
        return;
      }
      case FRAME.CREDIT: {
        const stream = this.#streams.get(id);
        if (stream instanceof ByteWriter) stream.grant(viewOf(body).getUint32(0, true));
        return;
      }
      case FRAME.END:
        return this.#endStream(id, viewOf(body).getInt32(0, true));
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

  #answer(type: number, seq: number, body: Uint8Array): void {
    const pending = this.#pending.get(seq);
    if (pending?.type !== type) {
      throw new RemoteProtocolError(`The agent answered request ${seq}, which was not asked`);
    }
    // An answer that does not fit throws, and the request then fails with all others.
    pending.answer(body);
    this.#pending.delete(seq);
  }

  #child(thread: number, body: Uint8Array): void {
    const event = decodeChildEvent(body);
    const over = event.kind !== "stopped" && event.kind !== "continued";
    const handler = this.#children.get(thread);
    if (!handler && thread !== 1) {
      throw new RemoteProtocolError(`The agent told of thread ${thread}, which is not there`);
    }
    if (over) {
      this.#children.delete(thread);
      if (thread > 1) this.#threads.give(thread);
    }
    handler?.notify(event);
  }

  #endStream(number: number, errno: number | undefined): void {
    const stream = this.#streams.get(number);
    if (!stream) {
      throw new RemoteProtocolError(`The agent ended stream ${number}, which is not open`);
    }
    this.#streams.delete(number);
    this.#streamNumbers.give(number);
    const call = stream instanceof ByteReader ? "read" : "write";
    stream.end(errno ? this.#syscallError(call, errno, `${call} a stream`) : undefined);
  }

  #finish(cause: Error | undefined): void {
    if (this.#lost) return;
    const lost = this.#lost = this.#reason(cause);
    this.#hello.reject(cause instanceof RemoteProtocolError ? this.#notAnAgent(cause) : lost);
    for (const { fail } of this.#pending.values()) {
      const message =
        `Host ${this.name} was lost with a call in flight: whether it ran is not known`;
      fail(new UnknownOutcomeError(this.name, message, { cause: lost }));
    }
    this.#pending.clear();
    for (const window of this.#windows.values()) window.drain();
    this.#windows.clear();
    for (const stream of this.#streams.values()) stream.end(lost);
    this.#streams.clear();
    for (const handler of this.#children.values()) handler.lose(lost);
    this.#children.clear();
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

  #notSent(): HostLostError {
    const cause = this.#lost!;
    return new HostLostError(this.name, cause.message, { cause });
  }

  #syscallError(syscall: string, errno: number, what: string): SyscallError {
    return new SyscallError({ syscall, errno, what, host: this.name });
  }
}

function viewOf(body: Uint8Array): DataView {
  return new DataView(body.buffer, body.byteOffset, body.byteLength);
}

function bodyInt64(body: Uint8Array): number {
  return int64(viewOf(body), 0);
}
