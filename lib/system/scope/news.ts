/** What becomes of one thing that was made: it counts from when it stands, until it is not what stands. */
import type { Claim, Place } from "../../nursery/mod.ts";
import { EndedError } from "./errors.ts";

/** What may be heard of it. */
export type Told = Pick<
  Place,
  "failed" | "finished" | "doubted" | "changed" | "disturbed" | "touched"
>;

/** Passes on what is heard of one thing. */
export class News {
  readonly #path: string;
  readonly #ends: () => Claim<unknown>["ends"];
  readonly #to: Told;
  readonly #early: (() => void)[] = [];
  #counts: (() => boolean) | undefined;

  constructor(path: string, ends: () => Claim<unknown>["ends"], to: Told) {
    this.#path = path;
    this.#ends = ends;
    this.#to = to;
  }

  /** What it tells. */
  get told(): Told {
    const to = this.#to;
    return {
      touched: (what) => to.touched(what),
      changed: () => this.#tell(() => to.changed()),
      disturbed: () => this.#tell(() => to.disturbed()),
      failed: (error) => this.#tell(() => to.failed(error)),
      finished: () => this.#tell(() => this.#finish()),
      doubted: (reason) => this.#tell(() => to.doubted(reason)),
    };
  }

  /** It stands: what came of it already is told now. */
  begin(counts: () => boolean): void {
    this.#counts = counts;
    queueMicrotask(() => {
      for (const tell of this.#early.splice(0)) this.#tell(tell);
    });
  }

  #tell(tell: () => void): void {
    if (!this.#counts) this.#early.push(tell);
    else if (this.#counts()) tell();
  }

  #finish(): void {
    if (this.#ends() === "never") this.#to.failed(new EndedError(this.#path));
    else this.#to.finished();
  }
}
