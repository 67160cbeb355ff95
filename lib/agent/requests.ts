/**
 * Requests to one agent: sent when their thread may ask more and the link has room, and answered, failed or
 * taken back, each exactly once.
 */
import { encodeWords, FRAME, int64 } from "../wire/mod.ts";
import type { HostError } from "./errors.ts";
import { HostLostError, UnknownOutcomeError } from "./errors.ts";
import type { Outbox, Parcel } from "./outbox.ts";
import { type Asked, Pending } from "./pending.ts";
import type { Threads } from "./threads.ts";

/** A request of one thread. */
export interface Request extends Asked {
  readonly thread: number;
  readonly seq: number;
  /** Bytes that it takes of what its thread may have unanswered. */
  readonly footprint: number;
  readonly frame: Pick<Parcel, "pieces" | "keys" | "bulk">;
  /** It stands in the order in which everything is sent, and what must follow it may be sent. */
  readonly onPosted?: () => void;
}

/** A request on its way. One object for all that becomes of it: calls are many. */
class Posted implements Parcel, Asked {
  readonly type: number;
  readonly pieces: readonly Uint8Array[];
  readonly keys: readonly number[];
  readonly bulk: boolean;
  readonly #requests: Requests;
  readonly #request: Request;

  constructor(requests: Requests, request: Request) {
    this.type = request.type;
    this.pieces = request.frame.pieces;
    this.keys = request.frame.keys;
    this.bulk = request.frame.bulk;
    this.#requests = requests;
    this.#request = request;
  }

  onSent(): void {
    this.#requests.expect(this.#request.seq, this);
  }

  onDropped(): void {
    this.#request.fail(this.#requests.notSent());
  }

  answer(body: Uint8Array): void {
    this.#request.answer(body);
    this.#requests.answered(this.#request);
  }

  fail(error: Error): void {
    this.#request.fail(error);
  }
}

/** The requests of one connection. */
export class Requests {
  /** The name that errors carry. */
  readonly host: string;
  readonly #outbox: Outbox;
  readonly #threads: Threads;
  readonly #pending = new Pending();
  #lost: HostError | undefined;

  constructor(host: string, outbox: Outbox, threads: Threads) {
    this.host = host;
    this.#outbox = outbox;
    this.#threads = threads;
  }

  /** The number of the next request. */
  next(): number {
    return this.#pending.next();
  }

  /**
   * Sends a request when that is possible; returns how to end it early: true if it was taken back, and
   * false if it was sent, when a CALL is interrupted.
   */
  post(request: Request): () => boolean {
    const { thread, seq, footprint, onPosted } = request;
    const window = this.#threads.window(thread);
    const posted = new Posted(this, request);
    const withdraw = window.send(footprint, () => {
      if (this.#lost) return request.fail(this.notSent());
      this.#outbox.post(posted);
      onPosted?.();
    });
    return () => {
      if (withdraw()) return true;
      if (!this.#outbox.withdraw(posted)) return this.#interrupt(thread, seq);
      this.answered(request);
      return true;
    };
  }

  /** For a request: it is sent, and its answer will be for `asked`. */
  expect(seq: number, asked: Asked): void {
    this.#pending.expect(seq, asked);
  }

  /** For a request: it takes nothing any more of what its thread may have unanswered. */
  answered({ thread, footprint }: Request): void {
    this.#threads.window(thread).answered(footprint);
    this.#threads.settle(thread);
  }

  /** Sends a request of no thread, ahead of all bulk; RESULT answers it. */
  async ask(encode: (seq: number) => Uint8Array): Promise<number> {
    if (this.#lost) throw this.notSent();
    const seq = this.next();
    const { promise, resolve, reject: fail } = Promise.withResolvers<number>();
    const answer = (body: Uint8Array) => resolve(resultOf(body));
    this.#outbox.post({
      pieces: [encode(seq)],
      keys: [],
      bulk: false,
      onSent: () => this.#pending.expect(seq, { type: FRAME.RESULT, answer, fail }),
      onDropped: () => fail(this.notSent()),
    });
    return await promise;
  }

  /** @throws {RemoteProtocolError} If nothing was asked that this answers. */
  answer(type: number, seq: number, body: Uint8Array): void {
    this.#pending.answer(type, seq, body);
  }

  /** The connection is gone: what was sent may have happened, and what was not did not. */
  lose(reason: HostError): void {
    this.#lost = reason;
    const message = `Host ${this.host} was lost with a call in flight: whether it ran is not known`;
    this.#pending.lose(new UnknownOutcomeError(this.host, message, { cause: reason }));
    this.#outbox.drop();
    this.#threads.drain();
  }

  /** The error of what was asked of a host that is lost. */
  notSent(): HostLostError {
    const cause = this.#lost!;
    return new HostLostError(this.host, cause.message, { cause });
  }

  #interrupt(thread: number, seq: number): false {
    if (this.#pending.has(seq)) {
      this.#outbox.send(encodeWords(FRAME.INTERRUPT, thread, seq, []), thread);
    }
    return false;
  }
}

/** The value of an answer that is one: 0 or more, or a negative errno. */
export function resultOf(body: Uint8Array): number {
  return int64(new DataView(body.buffer, body.byteOffset, body.byteLength), 0);
}
