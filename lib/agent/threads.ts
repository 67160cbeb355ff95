/**
 * The threads of one connection: their numbers, how much each may have asked, and whom their events are
 * told to. A thread's number is free again when its end was acknowledged, and that is said once its
 * handler knows of it, for all that ended in one turn of the event loop together; and not before all that
 * was asked of the thread is answered, or what still waits to be sent would reach the next one.
 */
import { type ChildEvent, RemoteProtocolError, WIRE } from "../wire/mod.ts";
import type { HostError } from "./errors.ts";
import { Numbers } from "./numbers.ts";
import { Window } from "./window.ts";

/** Takes what becomes of the process of one thread. */
export interface ChildHandler {
  notify(event: ChildEvent): void;
  /** The connection ended before the process did. */
  lose(reason: HostError): void;
}

const FIRST = 1;

interface End {
  readonly event: ChildEvent;
  readonly number: number;
}

/** Of a process of an earlier program: what became of it before somebody wanted to know. */
interface Parked {
  end: End | undefined;
}

/** The threads of one agent. */
export class Threads {
  readonly #acknowledge: (event: number) => void;
  readonly #numbers = new Numbers(FIRST + 1, WIRE.NUMBERS, "thread numbers");
  readonly #windows = new Map<number, Window>();
  readonly #handlers = new Map<number, ChildHandler>();
  readonly #parked = new Map<number, Parked>();
  /** Threads whose end is not acknowledged yet, with its number. */
  readonly #over = new Map<number, number>();
  /** Numbers that are free when nothing is unanswered any more. */
  readonly #leaving = new Set<number>();
  #lastEvent = 0;
  /** Every end up to this event was acknowledged. */
  #known = 0;
  #isDue = false;

  /** @param acknowledge Says that every end up to this event is known. */
  constructor(acknowledge: (event: number) => void) {
    this.#acknowledge = acknowledge;
  }

  /** A number for a new thread, which sends nothing until it is released. */
  take(): { number: number; release: () => void } {
    const number = this.#numbers.take();
    const window = this.window(number);
    window.hold();
    const release = () => {
      window.release();
      this.settle(number);
    };
    return { number, release };
  }

  /** The thread was never made, or has ended. */
  give(number: number): void {
    if (this.#windows.has(number)) this.#leaving.add(number);
    else this.#numbers.give(number);
  }

  /** The unanswered requests of a thread. */
  window(number: number): Window {
    let window = this.#windows.get(number);
    if (!window) this.#windows.set(number, window = new Window());
    return window;
  }

  /** Forgets the window of a thread that has nothing unanswered. */
  settle(number: number): void {
    if (!this.#windows.get(number)?.idle) return;
    this.#windows.delete(number);
    if (this.#leaving.delete(number)) this.#numbers.give(number);
  }

  onChild(number: number, handler: ChildHandler): void {
    this.#handlers.set(number, handler);
    const end = this.#parked.get(number)?.end;
    this.#parked.delete(number);
    if (end) this.#tell(number, end);
  }

  /** A process of an earlier program has this number; what becomes of it waits for whoever wants to know. */
  inherit(number: number): void {
    this.#numbers.reserve(number);
    this.#parked.set(number, { end: undefined });
  }

  /** @throws {RemoteProtocolError} If there is no such thread. */
  changed(number: number, event: ChildEvent): void {
    if (!this.#parked.has(number)) this.#handler(number)?.notify(event);
  }

  /** @throws {RemoteProtocolError} If there is no such thread, or the event was told of before. */
  ended(number: number, eventNumber: number, event: ChildEvent): void {
    const parked = this.#parked.get(number);
    const handler = parked ? undefined : this.#handler(number);
    if (eventNumber <= this.#lastEvent) {
      throw new RemoteProtocolError(`The agent told of event ${eventNumber} twice`);
    }
    this.#lastEvent = eventNumber;
    const end = { event, number: eventNumber };
    if (parked) parked.end = end;
    else this.#tell(number, end, handler);
  }

  #tell(
    number: number,
    { event, number: eventNumber }: End,
    handler: ChildHandler | undefined = this.#handlers.get(number),
  ): void {
    this.#handlers.delete(number);
    handler?.notify(event);
    this.#over.set(number, eventNumber);
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => this.#free());
  }

  /** Sends all that waits, for when sending reports that the connection is gone. */
  drain(): void {
    for (const window of this.#windows.values()) window.drain();
    this.#windows.clear();
  }

  lose(reason: HostError): void {
    for (const handler of this.#handlers.values()) handler.lose(reason);
    this.#handlers.clear();
  }

  #handler(number: number): ChildHandler | undefined {
    const handler = this.#handlers.get(number);
    if (handler || number === FIRST) return handler;
    throw new RemoteProtocolError(`The agent told of thread ${number}, which is not there`);
  }

  /** What is parked is not known yet; what ended after that has to wait for it. */
  #free(): void {
    this.#isDue = false;
    const untold = this.#parked.values().flatMap(({ end }) => end ? [end.number - 1] : []);
    const known = Math.min(this.#lastEvent, ...untold);
    if (known > this.#known) this.#acknowledge(this.#known = known);
    const isKnown = ([, event]: [number, number]) => event <= known;
    const over = [...this.#over].filter(isKnown);
    for (const [number] of over) {
      this.#over.delete(number);
      if (number !== FIRST) this.give(number);
    }
  }
}
