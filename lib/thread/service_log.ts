/**
 * What a service writes, line by line: its last lines in memory, all of it in a rotated file. While the
 * file has more to write than it holds, the output is not read, and the service that writes it waits.
 */
import type { ByteReader } from "../agent/mod.ts";
import { LineSplitter, LogTail, printable, RotatingFile } from "../logs/mod.ts";
import { type Model, Observers } from "../model/mod.ts";
import type { RedactingStream, Redaction } from "./redaction.ts";

/** For the library: whose log it is, and where it is kept. */
export interface ServiceLogOptions {
  /** The service's path. */
  readonly name: string;
  readonly instance: bigint;
  /** Where its file is kept; there is none without it. */
  readonly directory: string | undefined;
  /** Is told of lines that could not be written. */
  readonly model: Model;
  /** What leaves its secrets out. */
  readonly redaction?: Redaction | undefined;
}

/** What a host has kept of the output of a service, if it has. */
export type Kept = Promise<ByteReader | undefined>;

/** The log of one service. */
export class ServiceLog {
  /** The service's path. */
  readonly name: string;
  /**
   * Settles when the output has ended and everything is written. The output ends when no process has it
   * any more: a child that the service left behind holds it open until it ends, so wait with a limit.
   */
  readonly ended: Promise<void>;
  /** For the library: the stream that it is read from, if this program began it. */
  readonly stream: number | undefined;
  readonly #tail = new LogTail();
  readonly #file: RotatingFile | undefined;
  readonly #observers = new Observers<string>();
  readonly #redacting: RedactingStream | undefined;
  readonly #model: Model;
  readonly #instance: bigint;

  private constructor(stream: ByteReader | Kept, options: ServiceLogOptions) {
    const { name, instance, directory, model, redaction } = options;
    this.name = name;
    this.stream = stream instanceof Promise ? undefined : stream.number;
    this.#redacting = redaction?.stream();
    this.#model = model;
    this.#instance = instance;
    const onDropped = ({ count, reason }: { count: number; reason: string }) =>
      model.tell({ kind: "lines-dropped", path: name, count, reason });
    if (directory !== undefined) {
      this.#file = new RotatingFile(directory, name, instance, { onDropped });
    }
    // Who watches for lines from the turn on in which the process came to be misses none.
    this.ended = new Promise<void>((resolve) => setImmediate(resolve)).then(() =>
      this.#readAll(stream)
    );
  }

  /** For the library: reads a service's output to its end, keeping a file if there is a directory for it. */
  static capture(stream: ByteReader | Kept, options: ServiceLogOptions): ServiceLog {
    return new ServiceLog(stream, options);
  }

  /** The last lines, oldest first. */
  get tail(): readonly string[] {
    return this.#tail.lines;
  }

  /**
   * Calls back for each line from now on, until what this returns is disposed. Nothing is read before the turn
   * of the event loop is over in which the process came to be.
   */
  onLine(listener: (line: string) => void): Disposable {
    return this.#observers.add(listener);
  }

  async #readAll(stream: ByteReader | Kept): Promise<void> {
    const splitter = new LineSplitter();
    try {
      const reader = await stream;
      for (let bytes; (bytes = await reader?.read()) !== undefined;) {
        const dropped = reader!.droppedBefore(bytes);
        if (dropped > 0n) {
          await this.#keep([...splitter.flush(), `(${dropped} bytes of output were dropped)`]);
        }
        await this.#keep(splitter.push(this.#redacting?.push(bytes) ?? bytes));
      }
    } catch (error) {
      const reason = printable((error as Error).message);
      await this.#keep([`(the rest of the output is lost: ${reason})`]);
    }
    const rest = this.#redacting?.flush();
    if (rest) await this.#keep(splitter.push(rest));
    await this.#keep(splitter.flush());
    await this.#file?.close();
  }

  async #keep(lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      this.#tail.push(line);
      this.#observers.tell(line);
    }
    const from = { path: this.name, instance: this.#instance };
    this.#model.journal.append(from, lines.map(printable), this.#model.now());
    await this.#file?.write(lines);
  }
}
