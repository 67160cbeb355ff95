/**
 * Writes lines to one file and the files that it was renamed to.
 *
 * - What waits to be written is bounded: `append` says when it is too much, and its caller is then to
 *   stop reading until there is room. So a slow disk slows down the service that writes much.
 * - A line is dropped for one reason only: its write failed. Each that is not whole in the file is
 *   counted, with that reason, where it would be, as soon as that can be written.
 * - Before each write it looks whether the file is still there; one that was removed is made again.
 */
import { dirname } from "node:path/posix";
import { type Clock, type Milliseconds, minutes, systemClock } from "../clock/mod.ts";

/** Lines that will not be in a file. */
export interface Dropped {
  readonly count: number;
  readonly reason: string;
}

/** How log files are written. */
export interface LogWriterOptions {
  /**
   * Bytes of a file before it is renamed.
   *
   * @default 10 MiB
   */
  maxBytes?: number;
  /**
   * Renamed files that are kept.
   *
   * @default 5
   */
  keep?: number;
  /**
   * Told when files of a directory cannot be written, and not again until they could be for a minute; by
   * default it goes to standard error.
   */
  onError?: (message: string) => void;
  /** @default the machine's own time */
  clock?: Clock;
  /** Told of lines that were dropped. */
  onDropped?: (dropped: Dropped) => void;
}

/** Bytes that wait to be written before more is asked for. */
const MAX_QUEUE = 256 * 1024;

/** Lines that are written together. */
interface Entry {
  readonly bytes: Uint8Array;
  readonly lines: number;
}

const utf8 = new TextEncoder();
const NEWLINE = utf8.encode("\n");

/** On a disk that is nearly full one line is written and the next one is not: that is told once. */
const QUIET: Milliseconds = minutes(1);

/** What went wrong last with the files of a directory, and when, by the words that tell of it. */
const told = new Map<string, Milliseconds>();

/** The one writer of a log file. */
export class LogWriter {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #keep: number;
  readonly #clock: Clock;
  readonly #onError: (message: string) => void;
  readonly #onDropped: (dropped: Dropped) => void;
  #queue: Entry[] = [];
  #queued = 0;
  #room: PromiseWithResolvers<void> | undefined;
  /** Lines whose write failed, and that no line in the file tells of yet. */
  #dropped: Dropped | undefined;
  #writing: Promise<void> | undefined;
  #file: Deno.FsFile | undefined;
  #inode: number | null = null;
  #size = 0;
  /** Of the lines that are being written, those that are not in the file. */
  #missing = 0;
  /** Whether a write failed half way, in the middle of a line. */
  #isBroken = false;

  constructor(path: string, options: LogWriterOptions) {
    this.#path = path;
    this.#maxBytes = options.maxBytes ?? 10 << 20;
    this.#keep = options.keep ?? 5;
    this.#clock = options.clock ?? systemClock;
    this.#onError = options.onError ?? complain;
    this.#onDropped = options.onDropped ?? (() => {});
  }

  /**
   * Queues lines, each of which ends in a newline. Returns when there is room for more, if there is none.
   */
  append(lines: readonly string[]): Promise<void> | undefined {
    // Encoded at once: what waits is bytes, and not an object for each line.
    const bytes = utf8.encode(lines.join(""));
    if (bytes.length > this.#maxBytes && lines.length > 1) {
      for (const line of lines) this.#put(utf8.encode(line), 1);
    } else {
      this.#put(bytes, lines.length);
    }
    this.#writing ??= this.#drain();
    if (this.#queued < MAX_QUEUE) return undefined;
    return (this.#room ??= Promise.withResolvers()).promise;
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

  #put(bytes: Uint8Array, lines: number): void {
    this.#queue.push({ bytes, lines });
    this.#queued += bytes.length;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const entries = this.#take();
      this.#missing = linesOf(entries);
      try {
        await this.#checkThere();
        await this.#writeNote();
        for (let next = 0; next < entries.length;) next = await this.#writeSome(entries, next);
      } catch (error) {
        this.#drop(this.#missing, error);
        this.#closeFile();
      }
    }
    this.#writing = undefined;
  }

  #take(): Entry[] {
    const entries = this.#queue;
    this.#queue = [];
    this.#queued = 0;
    this.#room?.resolve();
    this.#room = undefined;
    return entries;
  }

  /** A file that was removed would take lines that nobody ever sees. */
  async #checkThere(): Promise<void> {
    if (!this.#file) return;
    const there = await Deno.stat(this.#path).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    });
    if (there?.ino === this.#inode) return;
    this.#closeFile();
    this.#report("removed", `Log ${this.#path} was removed while it was written. It is made again`);
  }

  async #writeNote(): Promise<void> {
    const dropped = this.#dropped;
    if (!dropped) return;
    const { count, reason } = dropped;
    const lines = count === 1 ? "1 line is" : `${count} lines are`;
    const { failure } = await this.#write(utf8.encode(`(${lines} missing here: ${reason})\n`));
    if (failure) throw failure.error;
    this.#dropped = undefined;
  }

  /** Writes as many entries as the file has room for, and at least one; returns which is the next. */
  async #writeSome(entries: readonly Entry[], first: number): Promise<number> {
    await this.#open();
    let end = first;
    let length = 0;
    for (; end < entries.length; end++) {
      const more = entries[end]!.bytes.length;
      if (end > first && this.#size + length + more > this.#maxBytes) break;
      length += more;
    }
    const some = entries.slice(first, end);
    const bytes = concat(some.map(({ bytes }) => bytes), length);
    const { stored, failure } = await this.#write(bytes);
    if (failure) {
      // The line whose newline alone is missing gets it with the next write.
      this.#missing -= newlinesIn(bytes.subarray(0, stored + 1));
      throw failure.error;
    }
    this.#missing -= linesOf(some);
    return end;
  }

  /** How many of the bytes are in the file, and what went wrong with the next one. */
  async #write(bytes: Uint8Array): Promise<{ stored: number; failure?: { error: unknown } }> {
    if (this.#size > 0 && this.#size + bytes.length > this.#maxBytes) await this.#rotate();
    const file = await this.#open();
    const lead = this.#isBroken ? NEWLINE.length : 0;
    const whole = lead ? concat([NEWLINE, bytes], lead + bytes.length) : bytes;
    let at = 0;
    try {
      while (at < whole.length) {
        const count = await file.write(whole.subarray(at));
        at += count;
        this.#size += count;
        this.#isBroken = whole[at - 1] !== NEWLINE[0];
      }
    } catch (error) {
      return { stored: at - lead, failure: { error } };
    }
    return { stored: bytes.length };
  }

  async #open(): Promise<Deno.FsFile> {
    if (this.#file) return this.#file;
    await Deno.mkdir(dirname(this.#path), { recursive: true });
    const file = this.#file = await Deno.open(this.#path, { append: true, create: true });
    const { size, ino } = await file.stat();
    this.#size = size;
    this.#inode = ino;
    if (size === 0) this.#isBroken = false;
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

  #drop(count: number, error: unknown): void {
    const reason = error instanceof Error ? error.message : `${error}`;
    this.#dropped = { count: (this.#dropped?.count ?? 0) + count, reason };
    this.#onDropped({ count, reason });
    const directory = dirname(this.#path);
    this.#report(
      "failed",
      `Cannot write log ${this.#path}: ${reason}. ` +
        `Lines are left out of the files in ${directory} until they can be written again`,
    );
  }

  /** Says it, unless it was so with this directory a short time ago. */
  #report(kind: "failed" | "removed", message: string): void {
    const key = `${kind} ${dirname(this.#path)}`;
    const last = told.get(key);
    const now = this.#clock.now();
    told.set(key, now);
    if (last === undefined || now - last >= QUIET) this.#onError(message);
  }
}

/** Standard error may be closed; the log goes on. */
function complain(message: string): void {
  try {
    console.error(message);
  } catch {
    // nowhere left to say it
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function linesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { lines }) => sum + lines, 0);
}

function newlinesIn(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => byte === NEWLINE[0] ? sum + 1 : sum, 0);
}

function concat(chunks: readonly Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
