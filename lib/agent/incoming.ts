/** What an agent sends: a hello, and then frames for whoever they concern. */
import {
  decodeChanged,
  decodeDropped,
  decodeEnded,
  decodeHello,
  decodeStands,
  FRAME,
  type Frame,
  FrameReader,
  type Hello,
  RemoteProtocolError,
  type Standing,
} from "../wire/mod.ts";
import type { Link } from "./link.ts";
import type { ConnectionRecorder } from "./recorder.ts";
import { type Requests, resultOf } from "./requests.ts";
import type { Streams } from "./streams.ts";
import type { Threads } from "./threads.ts";

/** Whom frames concern. */
export interface Receivers {
  readonly link: Link;
  readonly requests: Requests;
  readonly threads: Threads;
  readonly streams: Streams;
  readonly recorder: ConnectionRecorder;
  /** Whom it is told what stands, by the request that asked for it. */
  readonly looks: ReadonlyMap<number, (standing: Standing) => void>;
}

/** The incoming direction of one stream. */
export class Incoming {
  readonly #reader = new FrameReader();
  readonly #receivers: Receivers;
  readonly #onHello: (hello: Hello) => void;
  #greeted = false;
  #farewell: string | undefined;

  constructor(receivers: Receivers, onHello: (hello: Hello) => void) {
    this.#receivers = receivers;
    this.#onHello = onHello;
  }

  /** Why the agent ended the stream, if it said so. */
  get farewell(): string | undefined {
    return this.#farewell;
  }

  /** @throws {RemoteProtocolError} If the agent breaks the protocol. */
  push(bytes: Uint8Array): void {
    this.#receivers.link.heard();
    this.#reader.push(bytes, (frame) => this.#dispatch(frame));
  }

  #dispatch({ type, id, seq, body }: Frame): void {
    this.#receivers.recorder.received(type, id, seq, body);
    if (type === FRAME.FAIL) return void (this.#farewell = new TextDecoder().decode(body));
    if (!this.#greeted) return this.#greet(type, body);
    const { link, requests, threads, streams, looks } = this.#receivers;
    link.received(type, body.length);
    switch (type) {
      case FRAME.REPLY:
      case FRAME.CLONED:
      case FRAME.RESULT:
        return requests.answer(type, seq, body);
      case FRAME.ENDED:
        return threads.ended(id, seq, decodeEnded(body));
      case FRAME.CHANGED:
        return threads.changed(id, decodeChanged(body));
      case FRAME.DATA:
        return streams.data(id, body);
      case FRAME.DROPPED:
        return streams.dropped(id, decodeDropped(body));
      case FRAME.CREDIT:
        return streams.credit(id, viewOf(body).getUint32(0, true));
      case FRAME.END:
        return streams.end(id, viewOf(body).getInt32(0, true));
      case FRAME.LIFE:
        return;
      case FRAME.RECEIVED:
        return link.taken(resultOf(body));
      case FRAME.STANDS:
        return looks.get(seq)?.(decodeStands(id, body));
      default:
        throw new RemoteProtocolError(`The agent sent an unexpected frame of type ${type}`);
    }
  }

  #greet(type: number, body: Uint8Array): void {
    if (type !== FRAME.HELLO) throw new RemoteProtocolError("The agent did not begin with a hello");
    this.#greeted = true;
    this.#onHello(decodeHello(body));
  }
}

function viewOf(body: Uint8Array): DataView {
  return new DataView(body.buffer, body.byteOffset, body.byteLength);
}
