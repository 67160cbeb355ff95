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
    const { thread, seq, footprint, frame, fail, onPosted } = request;
    const window = this.#threads.window(thread);
    const answered = () => {
      window.answered(footprint);
      this.#threads.settle(thread);
    };
    const answer = (body: Uint8Array) => {
      request.answer(body);
      answered();
    };
    const parcel: Parcel = {
      ...frame,
      onSent: () => this.#pending.expect(seq, { type: request.type, answer, fail }),
      onDropped: () => fail(this.notSent()),
    };
    const withdraw = window.send(footprint, () => {
      if (this.#lost) return fail(this.notSent());
      this.#outbox.post(parcel);
      onPosted?.();
    });
    return () => {
      if (withdraw()) return true;
      if (!this.#outbox.withdraw(parcel)) return this.#interrupt(thread, seq);
      answered();
      return true;
    };
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
