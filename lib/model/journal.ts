/**
 * The last lines of all services, in the order in which they came. Rules:
 *
 * - It is bounded by bytes. When it is full the oldest lines go of whichever service has the most, so that one that
 *   writes much pushes nothing out of what others have said.
 * - Readers have their own pace, and nothing is kept for them: one that is slow is told how many lines it has missed.
 */
import type { Milliseconds } from "../clock/mod.ts";
import type { ServiceIdentity } from "./events.ts";

/** A line in its place. */
export interface JournalLine extends ServiceIdentity {
  /** Counted from 1, over all services. */
  readonly number: number;
  /** When it came, by the model's clock. */
  readonly time: Milliseconds;
  readonly line: string;
}

/** Some lines. */
export interface JournalPiece {
  readonly lines: readonly JournalLine[];
  /** Those before them that are not kept any more. */
  readonly missed: number;
}

/** What a line costs besides its text. */
const OVERHEAD = 96;
/** The part of what may be kept that is freed at once. */
const FREED = 1 / 16;

/** Keeps lines. */
export class Journal {
  readonly #most: number;
  readonly #services = new Map<string, Lines>();
  #bytes = 0;
  #count = 0;
  #news = Promise.withResolvers<void>();

  /** @param most Bytes, about. */
  constructor(most = 32 << 20) {
    this.#most = most;
  }

  /** The number of the last line; 0 before the first. */
  get lastNumber(): number {
    return this.#count;
  }

  /** The services that have written something. */
  get names(): readonly string[] {
    return [...this.#services.keys()];
  }

  /** Settles when there is another line. */
  get news(): Promise<void> {
    return this.#news.promise;
  }

  /** Adds what a service has written, which can be shown as it is. */
  append(service: ServiceIdentity, texts: readonly string[], time: Milliseconds): void {
    if (texts.length === 0) return;
    const { path, instance } = service;
    let lines = this.#services.get(path);
    if (!lines) this.#services.set(path, lines = new Lines());
    for (const line of texts) {
      this.#bytes += lines.push({ number: ++this.#count, time, path, instance, line });
    }
    if (this.#bytes > this.#most) this.#free();
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  /** A reader of what has come and will come. */
  reader(options: JournalReaderOptions = {}): JournalReader {
    return new JournalReader(this.#services, options);
  }

  #free(): void {
    const goal = this.#most * (1 - FREED);
    while (this.#bytes > goal) {
      const largest = this.#services.values().reduce((a, b) => a.bytes >= b.bytes ? a : b);
      const next = this.#services.values().filter((each) => each !== largest)
        .reduce((most, { bytes }) => Math.max(most, bytes), 0);
      this.#bytes -= largest.free(Math.max(1, Math.min(this.#bytes - goal, largest.bytes - next)));
    }
  }
}

/** What a reader wants. */
export interface JournalReaderOptions {
  /** Whether it wants the lines of a service. */
  readonly wants?: (path: string) => boolean;
  /** Only those after the one of this number. */
  readonly after?: number;
  /** Only those that came at this time or later. */
  readonly since?: Milliseconds;
}

/** Reads lines in the order of their coming, at its own pace. */
export class JournalReader {
  readonly #services: ReadonlyMap<string, Lines>;
  readonly #options: JournalReaderOptions;
  /** The next line of each service, counted from the first that it wrote. */
  readonly #next = new Map<Lines, number>();
  #isFirst = true;

  /** For the journal. */
  constructor(services: ReadonlyMap<string, Lines>, options: JournalReaderOptions) {
    this.#services = services;
    this.#options = options;
  }

  /** The next lines, no more than `most`; none if there are none yet. */
  read(most: number): JournalPiece {
    const { wants = () => true } = this.#options;
    let missed = 0;
    const found: JournalLine[][] = [];
    for (const [path, lines] of this.#services) {
      if (!wants(path)) continue;
      const next = this.#next.get(lines) ?? (this.#isFirst ? this.#firstOf(lines) : 0);
      const first = Math.max(next, lines.first);
      missed += first - next;
      this.#next.set(lines, first);
      if (first < lines.end) found.push(lines.slice(first, most));
    }
    this.#isFirst = false;
    const lines = inOrder(found).slice(0, most);
    for (const { path } of lines) {
      const own = this.#services.get(path)!;
      this.#next.set(own, this.#next.get(own)! + 1);
    }
    return { lines, missed };
  }

  /** The last so many of those that are there; what comes later is what `read` gives. */
  last(most: number): JournalPiece {
    const { wants = () => true } = this.#options;
    const found: JournalLine[][] = [];
    for (const [path, lines] of this.#services) {
      if (!wants(path)) continue;
      this.#next.set(lines, lines.end);
      const first = Math.max(lines.first, this.#firstOf(lines), lines.end - most);
      found.push(lines.slice(first, most));
    }
    this.#isFirst = false;
    return { lines: most === 0 ? [] : inOrder(found).slice(-most), missed: 0 };
  }

  #firstOf(lines: Lines): number {
    const { after = 0, since = -Infinity } = this.#options;
    if (after === 0 && since === -Infinity) return 0;
    return lines.find((line) => line.number > after && line.time >= since);
  }
}

function inOrder(found: readonly JournalLine[][]): JournalLine[] {
  return found.length === 1 ? found[0]! : found.flat().sort((a, b) => a.number - b.number);
}

/** The lines of one service: each has an index, counted from the first that it wrote. */
class Lines {
  bytes = 0;
  #lines: JournalLine[] = [];
  #first = 0;

  /** The index of the first that is kept. */
  get first(): number {
    return this.#first;
  }

  /** The index of the next. */
  get end(): number {
    return this.#first + this.#lines.length;
  }

  /** Returns its bytes. */
  push(line: JournalLine): number {
    this.#lines.push(line);
    const cost = costOf(line);
    this.bytes += cost;
    return cost;
  }

  slice(first: number, most: number): JournalLine[] {
    const at = first - this.#first;
    return this.#lines.slice(at, at + most);
  }

  /** The index of the first for which it is so, which it then is for all that follow. */
  find(is: (line: JournalLine) => boolean): number {
    let [low, high] = [0, this.#lines.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (is(this.#lines[middle]!)) high = middle;
      else low = middle + 1;
    }
    return this.#first + low;
  }

  /** Frees at least so many bytes, if it has them; returns how many. */
  free(wanted: number): number {
    let [freed, count] = [0, 0];
    while (freed < wanted && count < this.#lines.length) freed += costOf(this.#lines[count++]!);
    this.bytes -= freed;
    this.#first += count;
    this.#lines = this.#lines.slice(count);
    return freed;
  }
}

function costOf({ line }: JournalLine): number {
  return line.length + OVERHEAD;
}
