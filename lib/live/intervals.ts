/**
 * Intervals that modules begin when they are evaluated. Nobody ends those of the save before, so they pile up
 * with each; those of tasks of a nursery end with the run.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { placeOf } from "./stacks.ts";

type Id = ReturnType<typeof setInterval>;

/** Counts them, until it is disposed. */
export class Intervals implements Disposable {
  readonly #evaluating = new AsyncLocalStorage<true>();
  readonly #living = new Map<Id, string>();
  readonly #set = globalThis.setInterval;
  readonly #clear = globalThis.clearInterval;

  constructor() {
    const begin = (...args: Parameters<typeof setInterval>): Id => {
      const id = this.#set(...args);
      if (this.#evaluating.getStore()) this.#living.set(id, placeOf(new Error()) ?? "a module");
      return id;
    };
    const end = (id?: Id) => {
      if (id !== undefined) this.#living.delete(id);
      this.#clear(id);
    };
    Object.assign(globalThis, { setInterval: begin, clearInterval: end });
  }

  /** Runs what counts as evaluating modules. */
  counting<T>(evaluate: () => Promise<T>): Promise<T> {
    return this.#evaluating.run(true, evaluate);
  }

  /** Where those were begun that go on. */
  get living(): readonly string[] {
    return [...this.#living.values()];
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, { setInterval: this.#set, clearInterval: this.#clear });
  }
}
