/** The lines of a log, and those of them that are searched for. A million are kept; no search stalls the page. */
import { signal } from "@preact/signals";
import type { LogMessage } from "../../operate/api.ts";

const MOST_LINES = 1_000_000;
/** Lines that go together when there are too many. */
const CUT = 100_000;
/** Milliseconds that are searched without a break. */
const SLICE = 8;

/** Lines, each of a service. */
export class LogBuffer {
  readonly #lines: string[] = [];
  readonly #times: string[] = [];
  readonly #services: string[] = [];
  #found: number[] = [];
  #searched = 0;
  #pattern: RegExp | undefined;
  #isSearching = false;
  /** Changes when there is more to show. */
  readonly version = signal(0);
  /** Lines that are gone. */
  missed = 0;
  /** The number of the last one. */
  last: number | undefined;

  /** How many lines are shown. */
  get count(): number {
    return this.#pattern ? this.#found.length : this.#lines.length;
  }

  get total(): number {
    return this.#lines.length;
  }

  /** Whether all lines have been searched. */
  get isSearched(): boolean {
    return !this.#pattern || this.#searched === this.#lines.length;
  }

  at(index: number): { line: string; time: string; service: string } {
    const place = this.#pattern ? this.#found[index]! : index;
    return {
      line: this.#lines[place]!,
      time: this.#times[place]!,
      service: this.#services[place]!,
    };
  }

  add(messages: readonly LogMessage[]): void {
    for (const message of messages) {
      if ("missed" in message) {
        this.missed += message.missed;
        continue;
      }
      this.#lines.push(message.line);
      this.#times.push(message.time);
      this.#services.push(message.service);
      this.last = message.number;
    }
    if (this.#lines.length > MOST_LINES) this.#cut();
    this.#search();
    this.version.value++;
  }

  /** Shows the lines that match. */
  search(pattern: RegExp | undefined): void {
    this.#pattern = pattern;
    [this.#found, this.#searched] = [[], 0];
    this.#search();
    this.version.value++;
  }

  /** The text of all that is shown, as it was written. */
  text(most: number): string {
    const from = Math.max(0, this.count - most);
    return Array.from({ length: this.count - from }, (_, at) => `${this.at(from + at).line}\n`)
      .join("");
  }

  #cut(): void {
    for (const column of [this.#lines, this.#times, this.#services]) column.splice(0, CUT);
    this.missed += CUT;
    this.#searched = Math.max(0, this.#searched - CUT);
    this.#found = this.#found.map((place) => place - CUT).filter((place) => place >= 0);
  }

  #search(): void {
    const end = performance.now() + SLICE;
    while (this.#pattern && this.#searched < this.#lines.length) {
      if (this.#pattern.test(this.#lines[this.#searched]!)) this.#found.push(this.#searched);
      this.#searched++;
      if (this.#searched % 1000 === 0 && performance.now() > end) return this.#searchLater();
    }
  }

  #searchLater(): void {
    if (this.#isSearching) return;
    this.#isSearching = true;
    setTimeout(() => {
      this.#isSearching = false;
      this.#search();
      this.version.value++;
    });
  }
}
