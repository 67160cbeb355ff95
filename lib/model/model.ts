/**
 * The model of a system: one ordered log of what was observed, and the tables that it reduces to. Rules:
 *
 * - What is observed are facts. Nothing is decided here, and what is wanted is not kept here.
 * - Hosts carry their model; hosts that are given one model are seen together.
 * - Observers change nothing. They are called after the fact, in the order of the log, when whoever told
 *   it has gone on; what one throws is said once, on standard error, and has no other consequence.
 * - It is bounded. The last events are kept, all rows of what lives, and the last of what ended.
 */
import { type Clock, type Milliseconds, systemClock } from "../clock/mod.ts";
import type { Fact, ModelEvent, Step } from "./events.ts";
import { Journal } from "./journal.ts";
import { Observers } from "./observers.ts";
import { type HostRow, type ScopeRow, type ServiceRow, type StepRow, Tables } from "./tables.ts";

/** Events that are kept. */
const MOST_EVENTS = 10_000;

/** How a model is made. */
export interface ModelOptions {
  /** @default the machine's own time */
  clock?: Clock;
}

/** Takes how many bytes of a step have been moved so far, and of how many. */
export type Moved = (moved: number, total: number) => void;

/** What is known of hosts, steps and services. */
export class Model {
  /** The last lines that services have written. */
  readonly journal: Journal = new Journal();
  readonly #clock: Clock;
  readonly #tables = new Tables();
  readonly #observers = new Observers<ModelEvent>();
  /** The last events; the oldest at `#count % MOST_EVENTS` once it is full. */
  readonly #events: ModelEvent[] = [];
  #count = 0;
  #steps = 0;

  constructor({ clock = systemClock }: ModelOptions = {}) {
    this.#clock = clock;
  }

  /** The time of its events. */
  now(): Milliseconds {
    return this.#clock.now();
  }

  /** Now, in milliseconds since 1970. */
  date(): Milliseconds {
    return this.#clock.date();
  }

  /** The number of the last event; 0 before the first. */
  get lastNumber(): number {
    return this.#count;
  }

  /** The hosts, in the order in which they were first connected. */
  get hosts(): readonly HostRow[] {
    return [...this.#tables.hosts.values()];
  }

  /** The steps, in the order of their begin. */
  get steps(): readonly StepRow[] {
    return this.#tables.steps.all;
  }

  /** The services, in the order of their start. */
  get services(): readonly ServiceRow[] {
    return this.#tables.services.all;
  }

  /** The scopes that there are, in the order of their begin. */
  get scopes(): readonly ScopeRow[] {
    return [...this.#tables.scopes.values()];
  }

  /** Lines that are missing in the log file of this service path. */
  linesDropped(path: string): number {
    return this.#tables.dropped.get(path) ?? 0;
  }

  /** The last events, oldest first. How far a step has moved is told to observers and not kept. */
  get events(): readonly ModelEvent[] {
    const oldest = this.#count % MOST_EVENTS;
    return this.#count <= MOST_EVENTS
      ? [...this.#events]
      : [...this.#events.slice(oldest), ...this.#events.slice(0, oldest)];
  }

  /**
   * Those after the one of this number, oldest first, as far as they are kept.
   *
   * @example
   * ```ts
   * import type { Model } from "bailiwick";
   *
   * function tellNews(model: Model, seen: number): number {
   *   for (const { number, kind } of model.eventsAfter(seen)) console.log(number, kind);
   *   return model.lastNumber;
   * }
   * ```
   */
  eventsAfter(number: number): readonly ModelEvent[] {
    const first = Math.max(number, this.#count - this.#events.length);
    const length = Math.max(0, this.#count - first);
    return Array.from({ length }, (_, at) => this.#events[(first + at) % MOST_EVENTS]!);
  }

  /** Calls back for every event from now on, until what it returns is disposed. */
  observe(observer: (event: ModelEvent) => void): Disposable {
    return this.#observers.add(observer);
  }

  /** Adds a fact to the log. */
  tell(fact: Fact): void {
    if (fact.kind === "step-moved") {
      this.#observers.tell({ ...fact, number: this.#count, time: this.now() });
      return;
    }
    const event = { ...fact, number: this.#count + 1, time: this.now() };
    this.#events[this.#count++ % MOST_EVENTS] = event;
    this.#tables.apply(event);
    this.#observers.tell(event);
  }

  /**
   * Runs a task as a step. The task may tell how many bytes it has moved.
   *
   * @example
   * ```ts
   * import { Model } from "bailiwick";
   *
   * const model = new Model();
   * using _ = model.observe(({ kind, number }) => console.log(number, kind));
   * await model.step({ kind: "deploy", subject: "orderd", host: "db1" }, async (moved) => {
   *   moved(10, 20);
   * });
   * ```
   */
  async step<T>(step: Step, task: (moved: Moved) => Promise<T>): Promise<T> {
    const id = ++this.#steps;
    this.tell({ kind: "step-begun", id, step });
    try {
      const result = await task((moved, total) => {
        this.tell({ kind: "step-moved", id, step, moved, total });
      });
      this.tell({ kind: "step-ended", id, step, failure: undefined });
      return result;
    } catch (error) {
      const failure = error instanceof Error ? error.message : `${error}`;
      this.tell({ kind: "step-ended", id, step, failure });
      throw error;
    }
  }
}
