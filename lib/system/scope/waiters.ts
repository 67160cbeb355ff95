/** Those who wait for a scope to be run. */

/** One who waits. */
export interface Waiter<T> {
  /** Whether it is the code around the scope, which goes on waiting while the scope asks. */
  readonly isPatient: boolean;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** All who wait. Those who come during a run wait for the next, which they end this one for. */
export class Waiters<T> {
  #early: Waiter<T>[] = [];
  #late: Waiter<T>[] = [];

  /** @param signal Aborted when he waits no more. */
  add(isPatient: boolean, signal: AbortSignal | undefined): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const waiter = { isPatient, resolve, reject };
    const leave = () => {
      const isOther = (other: Waiter<T>) => other !== waiter;
      this.#early = this.#early.filter(isOther);
      this.#late = this.#late.filter(isOther);
      reject(signal!.reason);
    };
    this.#late.push(waiter);
    if (!signal) return promise;
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    return promise.finally(() => signal.removeEventListener("abort", leave));
  }

  /** A run begins, for all. */
  begin(): void {
    this.#early.push(...this.#late.splice(0));
  }

  /** Whether somebody waits for a run that has not begun. */
  get isRequested(): boolean {
    return this.#late.length > 0;
  }

  /** Whether the code around the scope waits for this run. */
  get isAwaited(): boolean {
    return this.#early.some(({ isPatient }) => isPatient);
  }

  /** The run has succeeded. */
  resolve(value: T): void {
    for (const waiter of this.#early.splice(0)) waiter.resolve(value);
  }

  /** The run has failed. */
  reject(error: unknown): void {
    for (const waiter of this.#early.splice(0)) waiter.reject(error);
  }

  /** Tells those who do not go on waiting while the scope asks. */
  rejectImpatient(error: unknown): void {
    const others = this.#early.filter(({ isPatient }) => !isPatient);
    this.#early = this.#early.filter(({ isPatient }) => isPatient);
    for (const waiter of others) waiter.reject(error);
  }
}
