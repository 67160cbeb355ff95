/** What a service writes, line by line: its last lines in memory, all of it in a rotated file. */
import type { ByteReader } from "../agent/mod.ts";
import { LineSplitter, LogTail, RotatingFile } from "../logs/mod.ts";

/** The log of one service. */
export class ServiceLog {
  /** The service's name. */
  readonly name: string;
  /** Settles when the output has ended and everything is written. */
  readonly ended: Promise<void>;
  readonly #tail = new LogTail();
  readonly #file: RotatingFile | undefined;
  #listeners: ((line: string) => void)[] | undefined;

  private constructor(stream: ByteReader, name: string, directory: string | undefined) {
    this.name = name;
    this.#file = directory === undefined ? undefined : new RotatingFile(directory, name);
    this.ended = this.#read(stream);
  }

  /** Reads a service's output to its end, keeping a file in `directory` if there is one. */
  static capture(stream: ByteReader, name: string, directory: string | undefined): ServiceLog {
    return new ServiceLog(stream, name, directory);
  }

  /** The last lines, oldest first. */
  get tail(): readonly string[] {
    return this.#tail.lines;
  }

  /** Calls back for each line from now on. */
  onLine(listener: (line: string) => void): void {
    (this.#listeners ??= []).push(listener);
  }

  async #read(stream: ByteReader): Promise<void> {
    const splitter = new LineSplitter();
    try {
      for await (const bytes of stream) this.#keep(splitter.push(bytes));
    } catch (error) {
      this.#keep([`(the rest of the output is lost: ${(error as Error).message})`]);
    }
    this.#keep(splitter.flush());
    await this.#file?.close();
  }

  #keep(lines: readonly string[]): void {
    for (const line of lines) {
      this.#tail.push(line);
      this.#file?.write(line);
      this.#listeners?.forEach((listener) => listener(line));
    }
  }
}
