/**
 * Log files that are renamed when they are full: `name.log` is written, `name.log.1` is the one before.
 *
 * - Lines are queued and written asynchronously; a slow disk holds up neither the program nor services.
 *   The queue is bounded: when it is full, lines are left out, and a line in the file says how many.
 * - A file that cannot be written, as on a full disk, is reported once for its directory and tried again
 *   with the next line. Nothing here ever throws because of a disk.
 * - Two services of one name write to one file, by one writer, so that rotation stays in order.
 */
import { join } from "node:path/posix";
import { LogWriter, type LogWriterOptions } from "./log_writer.ts";

const writers = new Map<string, { writer: LogWriter; users: number }>();

/** A log file of a service; the file is made with the first line. */
export class RotatingFile {
  /** The file that is being written. */
  readonly path: string;
  readonly #writer: LogWriter;
  #closed: Promise<void> | undefined;

  /**
   * @param directory Where the files are; made when it is missing.
   * @param name Name of the service; characters that have no place in file names become "_".
   * @param options If another user has the file open, that one's options hold.
   */
  constructor(directory: string, name: string, options: LogWriterOptions = {}) {
    this.path = join(directory, `${name.replaceAll(/[^\w.@+-]/g, "_")}.log`);
    const open = writers.get(this.path);
    const shared = open ?? { writer: new LogWriter(this.path, options), users: 0 };
    shared.users++;
    writers.set(this.path, shared);
    this.#writer = shared.writer;
  }

  /** Appends a line with the time before it. Ignored once it is closed. */
  write(line: string): void {
    if (!this.#closed) this.#writer.append(`${new Date().toISOString()} ${line}\n`);
  }

  /** Settles when everything is written. Closing twice is fine. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await this.#writer.flush();
    const shared = writers.get(this.path)!;
    if (--shared.users > 0) return;
    writers.delete(this.path);
    await this.#writer.close();
  }
}
