/**
 * Log files that are renamed when they are full: `name.log` is written, `name.log.1` is the one before.
 *
 * - Lines are queued and written asynchronously. The queue is bounded: `write` says when it is full.
 * - A file that cannot be written, as on a full disk, is reported once for its directory and tried again
 *   with the next line. Nothing here ever throws because of a disk.
 * - Each file has one user: two services of one name that run at the same time have two files, and the
 *   second one's has its instance in its name.
 */
import { join } from "node:path/posix";
import { LogWriter, type LogWriterOptions } from "./log_writer.ts";

/** Files that have a user. */
const taken = new Set<string>();

/** A log file of a service; the file is made with the first line. */
export class RotatingFile {
  /** The file that is being written. */
  readonly path: string;
  readonly #writer: LogWriter;
  #closed: Promise<void> | undefined;

  /**
   * @param directory Where the files are; made when it is missing.
   * @param name Path of the service; characters that have no place in file names become "_".
   * @param instance Tells it from another service of this path.
   */
  constructor(directory: string, name: string, instance: bigint, options: LogWriterOptions = {}) {
    const base = join(directory, name.replaceAll(/[^\w.@+-]/g, "_"));
    const own = `${base}.log`;
    this.path = taken.has(own) ? `${base}.${instance.toString(16)}.log` : own;
    taken.add(this.path);
    this.#writer = new LogWriter(this.path, options);
  }

  /**
   * Appends lines, each with the time before it. Ignored once it is closed.
   *
   * @returns When there is room for more, if there is none.
   */
  write(lines: readonly string[]): Promise<void> | undefined {
    if (this.#closed || lines.length === 0) return undefined;
    const time = new Date().toISOString();
    return this.#writer.append(lines.map((line) => `${time} ${line}\n`));
  }

  /** Settles when what was given until now is written, or dropped. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** Settles when everything is written. Closing twice is fine. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await this.#writer.close();
    taken.delete(this.path);
  }
}
