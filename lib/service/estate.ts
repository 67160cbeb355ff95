/**
 * What earlier programs have left on the hosts of this one, until it is claimed here. Its rules:
 *
 * - The one of a path that came last is what there is; those before it were being replaced, and are ended.
 * - What was told to end already is not taken, and nothing takes its place before it has ended.
 * - What holds the process of something that is ended or is gone is ended before that.
 * - Of what nobody can tell what it is nothing is ended, and nothing is started beside it.
 * - What nobody has taken when all has been claimed is ended, the last first.
 */
import type { Nursery } from "../nursery/mod.ts";
import type { Thread } from "../thread/mod.ts";

/** One thing that was left. */
export interface Legacy {
  readonly kind: string;
  readonly path: string;
  /** When it was kept: of two with one path the later is what there is. */
  readonly since: number;
  /** The process that it is, if it is one. */
  readonly instance: bigint | undefined;
  /** The processes that it was given. */
  readonly holds: ReadonlySet<bigint>;
  /** Whether it was told to end. */
  readonly isLeaving: boolean;
  /** Has it end; settles when nothing of it is left. */
  end(): Promise<void>;
}

/** Something that was left, of which this program cannot tell what it is. */
export interface Unknown {
  /** Its path, if that could be read: it may have any other else. */
  readonly path: string | undefined;
  /** What it is, as "process 7 of host a". */
  readonly what: string;
  /** Why nobody can tell, as "has a note that is no JSON". */
  readonly why: string;
}

/** Nothing is started where something may stand already. */
export class UnknownStandingError extends Error {
  override readonly name = "UnknownStandingError";
  readonly path: string;

  constructor(path: string, { what, why }: Unknown) {
    super(
      `${path} is not started, since it may stand already: ${what} ${why}. Run the program that started ` +
        `that, or have the system end by its command down`,
    );
    this.path = path;
  }
}

/** A program that has left what it found asks for it again. */
class GivenUpError extends Error {
  override readonly name = "GivenUpError";

  constructor(path: string) {
    super(
      `${path} is not started: this program has failed before all of its system stood, and has left what an ` +
        "earlier one had started. A new program finds it again",
    );
  }
}

const estates = new WeakMap<Nursery, Estate>();

/** What was left and was not claimed yet. */
export class Estate {
  /** A thread of each host that stands, in the order in which they were connected. */
  readonly threads: Set<Thread> = new Set();
  #isSettled = false;
  #isGivenUp = false;
  #hasFound = false;
  readonly #left = new Set<Legacy>();
  readonly #unknown = new Set<Unknown>();
  readonly #ending = new Map<Legacy, Promise<void>>();

  /** That of all that is within one outermost nursery. */
  static of({ root }: Nursery): Estate {
    let estate = estates.get(root);
    if (!estate) estates.set(root, estate = new Estate());
    return estate;
  }

  /** Whether what this program has found goes on when it ends: all that it asks for has never stood. */
  isLeft({ root }: Nursery): boolean {
    return this.#isGivenUp || (!this.#isSettled && root.signal.aborted);
  }

  /** Whether something was found, and all that is asked for has never stood beside it or in its place. */
  get isOpen(): boolean {
    return this.#hasFound && !this.#isSettled;
  }

  /** The program has failed; if all that it asks for has never stood, it leaves what it found, to a later one. */
  giveUp(): void {
    if (this.threads.size > 0) this.#isGivenUp ||= !this.#isSettled;
  }

  add(legacy: Legacy): void {
    this.#hasFound = true;
    this.#left.add(legacy);
  }

  addUnknown(unknown: Unknown): void {
    this.#unknown.add(unknown);
  }

  /**
   * What there is of this path, when all else that has the path has ended, or ends beside it.
   *
   * @throws {UnknownStandingError} If it is not known whether there is something.
   */
  async find(kind: string, path: string): Promise<Legacy | undefined> {
    if (this.#isGivenUp) throw new GivenUpError(path);
    const unknown = this.#unknown.values().find((each) => (each.path ?? path) === path);
    if (unknown) throw new UnknownStandingError(path, unknown);
    const all = this.#all((each) => each.path === path);
    const found = all.find((each) => each.kind === kind && this.#stays(each));
    const ended = Promise.all(all.filter((each) => each !== found).map((each) => this.end(each)));
    if (found) ended.catch(() => {});
    else await ended;
    return found;
  }

  /** It is the caller's from now on; returns false if it ends already. */
  take(legacy: Legacy): boolean {
    return this.#stays(legacy) && this.#left.delete(legacy);
  }

  /** Ends it, when all that holds its process has ended. */
  end(legacy: Legacy): Promise<void> {
    let ending = this.#ending.get(legacy);
    if (ending) return ending;
    const instances = legacy.instance === undefined ? [] : [legacy.instance];
    ending = this.endHolders(instances).then(() => legacy.end()).finally(() => {
      this.#left.delete(legacy);
      this.#ending.delete(legacy);
    });
    this.#ending.set(legacy, ending);
    return ending;
  }

  /** Ends what was given these processes, and what was given theirs, each before what it was given. */
  async endHolders(instances: readonly bigint[]): Promise<void> {
    if (this.#left.size === 0 || instances.length === 0) return;
    const given = new Set(instances);
    const holders = this.#all(({ holds }) => !holds.isDisjointFrom(given));
    await Promise.all(holders.map((holder) => this.end(holder)));
  }

  /** Ends what nobody has taken of all that is below a path, the last first. */
  async prune(path: string): Promise<readonly string[]> {
    this.#isSettled = true;
    const within = path === "" ? "" : `${path}/`;
    const all = this.#all((each) => each.path.startsWith(within));
    for (const each of all) await this.end(each);
    return all.map(({ path }) => path);
  }

  #stays(legacy: Legacy): boolean {
    return !legacy.isLeaving && !this.#ending.has(legacy);
  }

  /** Those for which this is true, the last first. */
  #all(isMeant: (legacy: Legacy) => boolean): Legacy[] {
    return [...this.#left].filter(isMeant).toSorted((one, other) => other.since - one.since);
  }
}
