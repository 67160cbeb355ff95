/**
 * The last lines of all services, in the order in which they came. Rules:
 *
 * - It is bounded by bytes, for each service and in all, so that one that writes much pushes nothing out of what others
 *   have said.
 * - Text is kept as bytes that are written over: as strings it would live just long enough to be dear to collect.
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

/** Bytes that a service has at first, and that one may have. */
const [LEAST_OF_ONE, MOST_OF_ONE] = [1024, 1 << 20];

/** Keeps lines. */
export class Journal {
  readonly #most: number;
  readonly #services = new Map<string, Lines>();
  #bytes = 0;
  #count = 0;
  #news = Promise.withResolvers<void>();

  /** @param most Bytes of text; each service has 1 KiB at least, and 1 MiB at the most. */
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
    const { path } = service;
    let lines = this.#services.get(path);
    if (!lines) this.#services.set(path, lines = new Lines((more) => this.#grant(more)));
    lines.push(service, texts, this.#count + 1, time);
    this.#count += texts.length;
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  /** A reader of what has come and will come. */
  reader(options: JournalReaderOptions = {}): JournalReader {
    return new JournalReader(this.#services, options);
  }

  /** Whether a service may have so much more. */
  #grant(more: number): boolean {
    const isFirst = more === LEAST_OF_ONE;
    if (!isFirst && this.#bytes + more > this.#most) return false;
    this.#bytes += more;
    return true;
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
    return Math.max(lines.after(after), lines.since(since));
  }
}

function inOrder(found: readonly JournalLine[][]): JournalLine[] {
  return found.length === 1 ? found[0]! : found.flat().sort((a, b) => a.number - b.number);
}

/** Lines that came together, as text in the ring of their service. */
interface Together extends ServiceIdentity {
  /** The index of the first. */
  readonly index: number;
  /** The number of the first. */
  readonly number: number;
  readonly time: Milliseconds;
  readonly count: number;
  at: number;
  readonly length: number;
}

const [utf8, fromUtf8] = [new TextEncoder(), new TextDecoder()];
/** UTF-16 takes up to three bytes for each of its units. */
const LONGEST = 3;
const NEWLINE = 10;
let scratch = new Uint8Array(0);

/** Lines as bytes, which are written over by the next. They are not joined before: that would be one more text. */
function encoded(lines: readonly string[]): Uint8Array {
  const most = lines.reduce((sum, { length }) => sum + length * LONGEST + 1, 0);
  if (scratch.length < most) scratch = new Uint8Array(2 * most);
  let end = 0;
  for (const line of lines) {
    if (end > 0) scratch[end - 1] = NEWLINE;
    end += put(line, end) + 1;
  }
  return scratch.subarray(0, end - 1);
}

/** Puts a line there, and returns how long it is. Most lines are ASCII, for which no view is made. */
function put(line: string, at: number): number {
  const { length } = line;
  let next = 0;
  for (let code; next < length && (code = line.charCodeAt(next)) < 0x80; next++) {
    scratch[at + next] = code;
  }
  return next === length ? length : utf8.encodeInto(line, scratch.subarray(at)).written;
}

/** The lines of one service: each has an index, counted from the first that it wrote. */
class Lines {
  readonly #grant: (more: number) => boolean;
  #ring = new Uint8Array(0);
  /** Where the next text is put. */
  #at = 0;
  /** The oldest first. */
  #all: Together[] = [];
  #used = 0;
  #end = 0;

  /** @param grant Whether it may have so many bytes more. */
  constructor(grant: (more: number) => boolean) {
    this.#grant = grant;
    this.#resize(LEAST_OF_ONE);
  }

  /** The index of the first that is kept. */
  get first(): number {
    return this.#all[0]?.index ?? this.#end;
  }

  /** The index of the next. */
  get end(): number {
    return this.#end;
  }

  /** What is too long for the ring is not kept. */
  push(from: ServiceIdentity, lines: readonly string[], number: number, time: Milliseconds): void {
    const { path, instance } = from;
    const bytes = encoded(lines);
    const { length } = bytes;
    const own = { path, instance, index: this.#end, number, time, count: lines.length, length };
    this.#end += lines.length;
    const at = this.#makeRoom(length);
    if (at === undefined) return this.#clear();
    this.#used += length;
    this.#ring.set(bytes, at);
    this.#at = at + length;
    this.#all.push({ ...own, at });
  }

  slice(first: number, most: number): JournalLine[] {
    const found: JournalLine[] = [];
    let place = this.#firstWith(({ index, count }) => index + count > first);
    for (; place < this.#all.length && found.length < most; place++) {
      const { path, instance, index, number, time, count, at, length } = this.#all[place]!;
      const lines = fromUtf8.decode(this.#ring.subarray(at, at + length)).split("\n");
      const from = Math.max(0, first - index);
      const end = Math.min(count, from + most - found.length);
      for (let next = from; next < end; next++) {
        found.push({ number: number + next, time, path, instance, line: lines[next]! });
      }
    }
    return found;
  }

  /** The index of the first after the one of this number. */
  after(last: number): number {
    const together = this.#all[this.#firstWith(({ number, count }) => number + count - 1 > last)];
    return together ? together.index + Math.max(0, last + 1 - together.number) : this.#end;
  }

  /** The index of the first that came at this time or later. */
  since(begin: Milliseconds): number {
    return this.#all[this.#firstWith(({ time }) => time >= begin)]?.index ?? this.#end;
  }

  #clear(): void {
    this.#all = [];
    this.#used = 0;
  }

  /** Where so many bytes can be put, for which the oldest go; undefined if there is no such place. */
  #makeRoom(length: number): number | undefined {
    while (!this.#hasRoom(length) && this.#resize(2 * this.#ring.length));
    if (length > this.#ring.length) return undefined;
    let [at, gone] = [this.#at, 0];
    if (at + length > this.#ring.length) {
      while (gone < this.#all.length && this.#all[gone]!.at >= at) gone++;
      at = 0;
    }
    const isOver = (old: Together) => old.at < at + length && old.at + old.length > at;
    while (gone < this.#all.length && isOver(this.#all[gone]!)) gone++;
    for (const { length } of this.#all.slice(0, gone)) this.#used -= length;
    if (gone > 0) this.#all = this.#all.slice(gone);
    return at;
  }

  /** Whether nothing would have to go. */
  #hasRoom(length: number): boolean {
    return this.#used + length <= this.#ring.length;
  }

  /** Has another ring, if it may, into which all is moved. */
  #resize(length: number): boolean {
    const more = length - this.#ring.length;
    if (length > MOST_OF_ONE || !this.#grant(more)) return false;
    const ring = new Uint8Array(length);
    let at = 0;
    for (const each of this.#all) {
      ring.set(this.#ring.subarray(each.at, each.at + each.length), at);
      each.at = at;
      at += each.length;
    }
    [this.#ring, this.#at] = [ring, at];
    return true;
  }

  /** The first of which it is so, as it then is of all that follow. */
  #firstWith(is: (together: Together) => boolean): number {
    let [low, high] = [0, this.#all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (is(this.#all[middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
