/**
 * In which order things stop. Each has a turn, in a graph whose edges say who used whom. The rules:
 *
 * - A turn comes when its owner is stopping, or it alone is, and all stopping ones that used it, also through
 *   others that go on, have left. Those whose turns come at the same time are siblings; they stop together.
 * - One whose uses are not known may have used every one that was ready before it came.
 * - A group stops many by one request, in levels: also those that are used only by others of the same
 *   request. Nobody has to be asked between the levels then.
 * - A section is as one to the rest, and its body can be run again: see `section.ts`.
 */
import { Providers } from "./providers.ts";
import { Section } from "./section.ts";
import { callFree } from "./stop_levels.ts";
import { Turn, type Used } from "./turn.ts";

export type { StopGroup, Turn } from "./turn.ts";

/** Lets things stop, the users of each before it. */
export class StopOrder {
  readonly #root = new Section(undefined, () => this.#evaluateSoon());
  readonly #turns = new Set<Turn>();
  /** Owners all of whose turns stop. */
  readonly #owners = new Set<unknown>();
  /** Turns that stop, whether or not their owners do. */
  readonly #alone = new Set<Turn>();
  readonly #providers = new Providers<Turn>();
  #isDue = false;

  /** @param uses What it has used; undefined if that is not known. */
  enter(owner: unknown, uses: readonly Used[] | undefined, section: Section = this.#root): Turn {
    const turn = new Turn(owner, section, this.#providers);
    turn.isStopping = this.#owners.has(owner);
    this.#turns.add(turn);
    section.claim(turn, uses);
    return turn;
  }

  /** A new section, which comes after `uses`, or after all that is ready in its parent. */
  section(parent: Section = this.#root, uses?: readonly Used[]): Section {
    const section = new Section(parent, () => this.#evaluateSoon());
    section.again(uses);
    return section;
  }

  /** Those that are found by this key. */
  providers(key: unknown): readonly Turn[] {
    return this.#providers.of(key);
  }

  leave(turn: Turn): void {
    if (!this.#turns.delete(turn)) return;
    this.#providers.forget(turn);
    turn.part.remove(turn);
    this.#alone.delete(turn);
  }

  /** Has all turns of this owner stop, each in its turn. */
  stop(owner: unknown): void {
    this.#owners.add(owner);
    for (const turn of this.#turns) if (turn.owner === owner) turn.isStopping = true;
    this.#evaluateSoon();
  }

  /** Has these stop, each in its turn among all that stop. */
  stopThese(these: readonly (Turn | Section)[]): void {
    for (const turn of these.flatMap((one) => one instanceof Section ? one.turns : [one])) {
      if (!this.#turns.has(turn)) continue;
      turn.isStopping = true;
      this.#alone.add(turn);
    }
    this.#evaluateSoon();
  }

  /** Forgets an owner all of whose turns have left. */
  forget(owner: unknown): void {
    this.#owners.delete(owner);
  }

  /** What is marked at the same time is then seen at the same time, also over nested owners. */
  #evaluateSoon(): void {
    if (this.#isDue || this.#owners.size + this.#alone.size === 0) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      callFree(this.#turns);
    });
  }
}
