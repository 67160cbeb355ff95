/** Hands out numbers that are free: those that were given back before new ones. */
export class Numbers {
  #free: number[] = [];
  #next: number;
  readonly #end: number;
  readonly #what: string;

  constructor(first: number, end: number, what: string) {
    this.#next = first;
    this.#end = end;
    this.#what = what;
  }

  /** @throws {RangeError} If all are taken. */
  take(): number {
    const number = this.#free.pop() ?? this.#next++;
    if (number >= this.#end) {
      this.#next = this.#end;
      throw new RangeError(`All ${this.#end} ${this.#what} of the host are in use`);
    }
    return number;
  }

  give(number: number): void {
    this.#free.push(number);
  }
}
