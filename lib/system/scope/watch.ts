/** What a scope hears of what stands in it. */
import type { Milliseconds } from "../../clock/mod.ts";
import type { Nursery, Place } from "../../nursery/mod.ts";
import type { History } from "../policy/history.ts";
import type { Agenda } from "./agenda.ts";
import type { Entry, EntryOwner } from "./entry.ts";
import { EndedError } from "./errors.ts";
import { kindOf } from "./failure.ts";
import type { Kin } from "./family.ts";

/** Who is told of a scope. */
export type Around = Pick<Place, "failed" | "changed" | "disturbed" | "touched">;

/** What is told to whom. */
export interface WatchOptions {
  readonly family: Kin<Entry>;
  /** Owns what stands. */
  readonly nursery: Nursery;
  readonly around: Around;
  readonly agenda: Agenda;
  readonly history: History;
  /** Whether its body is under way. */
  readonly isRunning: () => boolean;
  /** Whether clean ends are put to the policy. */
  readonly minds: () => boolean;
  /** A host was lost that is being reconnected. */
  readonly lost: () => void;
}

/** Hears of the entries of one scope. */
export class Watch implements EntryOwner {
  readonly family: Kin<Entry>;
  readonly nursery: Nursery;
  /** What is unready, and when it is to be made anew if it still is. */
  readonly doubts: Map<Entry, Milliseconds> = new Map();
  /** What was touched, while somebody cares. */
  touched: string[] | undefined;
  /** Whether something was touched since this was set. */
  hasTouched = false;
  /** Whether what it did has stopped something in another scope, which is to be started again there. */
  hasDisturbed = false;
  /** Whether a significant service has ended, and so has the scope. */
  isOver = false;
  readonly #options: WatchOptions;

  constructor(options: WatchOptions) {
    this.family = options.family;
    this.nursery = options.nursery;
    this.#options = options;
  }

  failed(entry: Entry, error: unknown): void {
    this.#options.agenda.add({ entry, kind: kindOf(error), error });
  }

  finished(entry: Entry): void {
    const { agenda, minds, isRunning } = this.#options;
    if (entry.made?.ends === "scope") {
      this.isOver = true;
      // A run that is under way is let come to its end.
      if (isRunning()) return;
      agenda.release();
      agenda.runAt();
    } else if (minds()) {
      agenda.add({ entry, kind: "service", error: new EndedError(entry.path) });
    }
  }

  lost(): void {
    this.#options.lost();
  }

  doubted(entry: Entry, reason: string | undefined): void {
    if (reason === undefined) return void this.doubts.delete(entry);
    this.doubts.set(entry, Infinity);
    const error = new Error(`${entry.path} is unready: ${reason}`);
    this.#options.agenda.add({ entry, kind: "unready", error });
  }

  stale(entry: Entry): void {
    this.touch(`${entry.path} was stopped`);
  }

  made(entry: Entry, why: readonly string[]): void {
    const others = why.length === 0 ? "" : `, since these are others: ${why.join(", ")}`;
    this.touch(`${entry.path} was started${others}`);
    this.doubts.delete(entry);
    this.#options.history.recovered(entry.path);
  }

  /** Takes note of what was started or stopped. */
  touch(what: string): void {
    this.touched?.push(what);
    this.hasTouched = true;
    this.#options.around.touched(what);
  }

  changed(): void {
    this.#options.agenda.runAt();
  }

  disturbs(): void {
    this.hasDisturbed = true;
  }

  disturbed(): void {
    this.hasDisturbed = true;
    if (!this.#options.isRunning()) this.#options.agenda.runAt();
  }
}
