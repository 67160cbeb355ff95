import { dirname } from "node:path/posix";

/** How log files are rotated. */
export interface LogWriterOptions {
  /** Bytes of a file before it is renamed. */
  maxBytes?: number;
  /** Renamed files that are kept. */
  keep?: number;
  /** Told once when files of a directory cannot be written; by default it goes to standard error. */
  onError?: (message: string) => void;
}

/** Characters that wait to be written at most. */
const MAX_QUEUE = 1 << 20;
/** A line with its end, or a note in place of lines that could not be written. */
interface Entry {
  readonly text: string;
  /** How many lines it stands for. */
  readonly lines: number;
}

const utf8 = new TextEncoder();

/** Directories whose files cannot be written at present. */
const failing = new Set<string>();

/** The one writer of a log file and the files that it was renamed to. */
export class LogWriter {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #keep: number;
  readonly #onError: (message: string) => void;
  #queue: Entry[] = [];
  #queued = 0;
  /** Lines that could not be written, before those of the queue. */
  #lost = 0;
  /** Lines that the queue had no room for, after those that it has. */
  #refused = 0;
  #writing: Promise<void> | undefined;
  #file: Deno.FsFile | undefined;
  #size = 0;
  /** Whether a write failed half way, in the middle of a line. */
  #isBroken = false;

  constructor(path: string, options: LogWriterOptions) {
    this.#path = path;
    this.#maxBytes = options.maxBytes ?? 10 << 20;
    this.#keep = options.keep ?? 5;
    this.#onError = options.onError ?? console.error;
  }

  /** Queues a line, which ends in a newline; or counts it when the queue is full. */
  append(line: string): void {
    if (this.#queued + line.length > MAX_QUEUE) {
      this.#refused++;
      return;
    }
    this.#queue.push({ text: line, lines: 1 });
    this.#queued += line.length;
    this.#writing ??= this.#drain();
  }

  /** Settles when the queue is empty. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** Writes what is queued and closes the file. */
  async close(): Promise<void> {
    await this.flush();
    this.#closeFile();
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const entries = this.#take();
      let written = 0;
      try {
        while (written < entries.length) written += await this.#writeSome(entries.slice(written));
        failing.delete(dirname(this.#path));
      } catch (error) {
        for (const { lines } of entries.slice(written)) this.#lost += lines;
        this.#report(error);
        this.#closeFile();
      }
    }
    this.#writing = undefined;
  }

  /** Empties the queue. */
  #take(): Entry[] {
    const entries = [...note(this.#lost), ...this.#queue, ...note(this.#refused)];
    this.#queue = [];
    this.#queued = this.#lost = this.#refused = 0;
    return entries;
  }

  /** Writes as many entries as the file has room for, and at least one. */
  async #writeSome(entries: readonly Entry[]): Promise<number> {
    await this.#open();
    const chunks: Uint8Array[] = [];
    let length = 0;
    for (const { text } of entries) {
      const chunk = utf8.encode(text);
      if (chunks.length > 0 && this.#size + length + chunk.length > this.#maxBytes) break;
      chunks.push(chunk);
      length += chunk.length;
    }
    await this.#write(concat(chunks, length));
    return chunks.length;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#size > 0 && this.#size + bytes.length > this.#maxBytes) await this.#rotate();
    const file = await this.#open();
    const whole = this.#isBroken ? concat([utf8.encode("\n"), bytes], bytes.length + 1) : bytes;
    for (let at = 0; at < whole.length;) {
      const count = await file.write(whole.subarray(at));
      at += count;
      this.#size += count;
      this.#isBroken = at < whole.length;
    }
  }

  async #open(): Promise<Deno.FsFile> {
    if (this.#file) return this.#file;
    await Deno.mkdir(dirname(this.#path), { recursive: true });
    const file = await Deno.open(this.#path, { append: true, create: true });
    this.#file = file;
    this.#size = (await file.stat()).size;
    return file;
  }

  async #rotate(): Promise<void> {
    this.#closeFile();
    for (let number = this.#keep; number > 0; number--) {
      const from = number === 1 ? this.#path : `${this.#path}.${number - 1}`;
      await renameIfThere(from, `${this.#path}.${number}`);
    }
    if (this.#keep === 0) await Deno.remove(this.#path);
    this.#isBroken = false;
  }

  #closeFile(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #report(error: unknown): void {
    const directory = dirname(this.#path);
    if (failing.has(directory)) return;
    failing.add(directory);
    this.#onError(
      `Cannot write log ${this.#path}: ${(error as Error).message}. ` +
        `Lines are left out of the files in ${directory} until they can be written again`,
    );
  }
}

function note(lines: number): Entry[] {
  if (lines === 0) return [];
  return [{ text: `(${lines} lines are missing here: they could not be written)\n`, lines }];
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function concat(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
