/** Hands out numbers that are free: those that were given back before new ones. */
export class Numbers {
  #free: number[] = [];
  #next: number;
  readonly #reserved = new Set<number>();
  readonly #end: number;
  readonly #what: string;

  constructor(first: number, end: number, what: string) {
    this.#next = first;
    this.#end = end;
    this.#what = what;
  }

  /** @throws {RangeError} If all are taken. */
  take(): number {
    while (this.#reserved.delete(this.#next)) this.#next++;
    const number = this.#free.pop() ?? this.#next++;
    if (number >= this.#end) {
      this.#next = this.#end;
      throw new RangeError(`All ${this.#end} ${this.#what} of the host are in use`);
    }
    return number;
  }

  /** It is in use already, before any was taken; until it is given. */
  reserve(number: number): void {
    this.#reserved.add(number);
  }

  give(number: number): void {
    this.#free.push(number);
  }
}
