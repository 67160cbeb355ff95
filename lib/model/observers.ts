/** Calling back whoever looks on, without any consequence for what is looked at. */

type Observer<T> = (value: T) => unknown;

/** Those who are told. */
export class Observers<T> {
  /** Made for the first one: most services have none. */
  #observers: Map<Observer<T>, { failed: boolean }> | undefined;
  #queue: T[] = [];

  /** Adds one, until what this returns is disposed. */
  add(observer: Observer<T>): Disposable {
    const own: Observer<T> = (value) => observer(value);
    const observers = this.#observers ??= new Map();
    observers.set(own, { failed: false });
    return { [Symbol.dispose]: () => void observers.delete(own) };
  }

  /** Tells all of them, once the caller has gone on. */
  tell(value: T): void {
    if (!this.#observers?.size) return;
    if (this.#queue.push(value) === 1) queueMicrotask(() => this.#drain());
  }

  #drain(): void {
    const values = this.#queue;
    this.#queue = [];
    for (const value of values) {
      for (const [observer, state] of [...this.#observers ?? []]) call(observer, value, state);
    }
  }
}

function call<T>(observer: Observer<T>, value: T, state: { failed: boolean }): void {
  try {
    const done = observer(value);
    // What an asynchronous one rejects with is as if it had thrown it.
    if (done instanceof Promise) done.catch((error) => fail(state, error));
  } catch (error) {
    fail(state, error);
  }
}

function fail(state: { failed: boolean }, error: unknown): void {
  if (!state.failed) complain(error);
  state.failed = true;
}

/** Standard error may be closed as well: then nobody is left to be told. */
function complain(error: unknown): void {
  try {
    console.error("An observer failed; what it observes goes on:", error);
  } catch {
    // nowhere left to say it
  }
}
