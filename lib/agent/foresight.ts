/**
 * What would be done, looked at without doing it. Code that runs by {@linkcode Foresight.run} is answered what
 * only reads. Its first call that would change something ends its foresight: that call is rejected, and so are
 * all that it makes afterwards.
 *
 * It is a matter of who calls, and not of what is called: others use the same threads meanwhile, as always.
 */
import { AsyncLocalStorage } from "node:async_hooks";

/**
 * What would be done cannot be told beyond this, as something would be changed or is not known. Whoever makes a
 * plan says where that is; what the code that gets it does about it does not count.
 *
 * @example
 * ```ts
 * import { type Thread, UnforeseenError } from "bailiwick";
 *
 * async function prepare(thread: Thread): Promise<void> {
 *   try {
 *     await thread.mkdir("/srv/data", 0o700);
 *   } catch (error) {
 *     if (error instanceof UnforeseenError) throw error; // Only a plan is made.
 *     console.error("It is there already");
 *   }
 * }
 * ```
 */
export class UnforeseenError extends Error {
  override readonly name = "UnforeseenError";
  /** What would be changed, or is not known, as "write to /etc/hosts". */
  readonly what: string;
  /** What is written instead where it is to outlive the program, if it would not. */
  readonly instead: string | undefined;

  constructor(what: string, { instead, ...options }: UnforeseenOptions = {}) {
    super(`It cannot be foreseen what comes after this: ${what}`, options);
    this.what = what;
    this.instead = instead;
  }
}

/** More of what cannot be foreseen. */
export interface UnforeseenOptions extends ErrorOptions {
  /** What is written instead where it is to outlive the program, if it would not: a line of code. */
  instead?: string | undefined;
}

/** A table that descriptors were opened in. */
interface Table {
  readonly isUsable: boolean;
  close(number: number): Promise<void>;
}

/** How deep a stack may be in the library, with the user's place still on it. */
const DEPTH = 60;

const current = new AsyncLocalStorage<Foresight>();

/** What one piece of code is let see. */
export class Foresight {
  /** Settles when it ends early. */
  readonly ended: Promise<UnforeseenError>;
  readonly #ended = Promise.withResolvers<UnforeseenError>();
  readonly #opened = new Map<Table, Set<number>>();
  #end: UnforeseenError | undefined;

  constructor() {
    this.ended = this.#ended.promise;
  }

  /** That of the code that calls this. */
  static get current(): Foresight | undefined {
    return current.getStore();
  }

  /** Runs what is only to be looked at. */
  run<T>(task: () => T): T {
    return current.run(this, task);
  }

  /** Where it has ended, if it has. */
  get end(): UnforeseenError | undefined {
    return this.#end;
  }

  /** Ends it here, if it has not ended before; returns where it has. */
  beyond(what: string, options?: UnforeseenOptions): UnforeseenError {
    if (this.#end) return this.#end;
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = DEPTH;
    this.#end = new UnforeseenError(what, options);
    Error.stackTraceLimit = stackTraceLimit;
    this.#ended.resolve(this.#end);
    return this.#end;
  }

  /** It has opened a descriptor, which is its own to read from and to close. */
  opened(table: Table, number: number): void {
    const numbers = this.#opened.get(table) ?? new Set();
    this.#opened.set(table, numbers.add(number));
  }

  /** Whether it has opened this descriptor itself. */
  owns(table: Table, number: number): boolean {
    return this.#opened.get(table)?.has(number) === true;
  }

  closed(table: Table, number: number): void {
    this.#opened.get(table)?.delete(number);
  }

  /** Closes what it has opened and left open; called by who looks. */
  async close(): Promise<void> {
    const all = [...this.#opened].filter(([{ isUsable }]) => isUsable);
    this.#opened.clear();
    await Promise.all(all.flatMap(([table, numbers]) => [...numbers].map((n) => table.close(n))));
  }
}

/**
 * Called before something is changed in a way that no plan sees by itself.
 *
 * @param what What that is, as "signal a process".
 * @throws {UnforeseenError} If it is only looked at what would be done.
 *
 * @example
 * ```ts
 * import { checkUnforeseen } from "bailiwick";
 *
 * async function announce(name: string): Promise<void> {
 *   checkUnforeseen(`announce ${name}`);
 *   await fetch(`http://registry.internal/${name}`, { method: "PUT" });
 * }
 * ```
 */
export function checkUnforeseen(what: string, options?: UnforeseenOptions): void {
  const foresight = Foresight.current;
  if (foresight) throw foresight.beyond(what, options);
}
