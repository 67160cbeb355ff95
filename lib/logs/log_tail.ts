/** How much a tail keeps. */
export interface LogTailOptions {
  /** Lines at most. */
  maxLines?: number;
  /** Characters at most, except that the last line is always kept. */
  maxLength?: number;
}

/** The last lines of a log, bounded in number and in size. There is one for each service. */
export class LogTail {
  readonly #maxLines: number;
  readonly #maxLength: number;
  #lines: string[] | undefined;
  #length = 0;

  constructor({ maxLines = 50, maxLength = 16384 }: LogTailOptions = {}) {
    this.#maxLines = maxLines;
    this.#maxLength = maxLength;
  }

  /** The lines, oldest first. */
  get lines(): readonly string[] {
    return this.#lines?.slice() ?? [];
  }

  /** Adds a line, and forgets the oldest that are too many. */
  push(line: string): void {
    const lines = this.#lines ??= [];
    lines.push(line);
    this.#length += line.length;
    while (lines.length > 1 && this.#isFull(lines)) this.#length -= lines.shift()!.length;
  }

  #isFull(lines: readonly string[]): boolean {
    return lines.length > this.#maxLines || this.#length > this.#maxLength;
  }
}
