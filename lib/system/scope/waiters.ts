/** Those who wait for a scope to be run. */

/** One who waits. */
export interface Waiter<T> {
  /** Whether it is the code around the scope, which goes on waiting while the scope asks. */
  readonly isPatient: boolean;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** All who wait. */
export class Waiters<T> {
  #all: Waiter<T>[] = [];

  add(isPatient: boolean): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#all.push({ isPatient, resolve, reject });
    return promise;
  }

  /** Whether the code around the scope waits. */
  get isAwaited(): boolean {
    return this.#all.some(({ isPatient }) => isPatient);
  }

  resolve(value: T): void {
    for (const waiter of this.#all.splice(0)) waiter.resolve(value);
  }

  reject(error: unknown): void {
    for (const waiter of this.#all.splice(0)) waiter.reject(error);
  }

  /** Tells those who do not go on waiting while the scope asks. */
  rejectImpatient(error: unknown): void {
    const others = this.#all.filter(({ isPatient }) => !isPatient);
    this.#all = this.#all.filter(({ isPatient }) => isPatient);
    for (const waiter of others) waiter.reject(error);
  }
}
