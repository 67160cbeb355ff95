/** One scope in a plan: its body is run, and what it claims is looked up in what stands. */
import { Foresight } from "../../agent/mod.ts";
import { within } from "../../clock/mod.ts";
import { type Claim, type Keeper, Nursery } from "../../nursery/mod.ts";
import { describe } from "../../nursery/errors.ts";
import { claimedAt, DuplicateNameError } from "../scope/errors.ts";
import type { Program } from "../scope/program.ts";
import { ScopeClaim } from "../scope/supervise.ts";
import type { Actions, Draft } from "./draft.ts";

/** What a body returns, where that is known. */
export type Returned<T> = { readonly value: T } | undefined;

/** Foresees a scope's run; settles when it has returned, or cannot be foreseen any further. */
export async function foresee<A, T>(
  draft: Draft,
  actions: Actions,
  path: string,
  { body, values }: Program<A, T>,
): Promise<Returned<T>> {
  const foresight = new Foresight();
  const keeper = new ForeseenScope(draft, actions, path, foresight);
  const over = new AbortController();
  const { clock, limit } = draft.making;
  draft.visit(path);
  const running = foresight.run(() =>
    Nursery.run(async (nursery) => {
      const value = await body(nursery, values);
      nursery.cancel();
      return { value };
    }, { keeper, clock, signal: over.signal, ...(path !== "" && { name: path }) })
  );
  const returned = running.catch((error) => failed(foresight, error));
  const first = Promise.race([returned, foresight.ended]);
  if (!await within(clock, limit, first)) {
    foresight.beyond(`wait for something for more than ${limit / 1000} s`);
  }
  await Promise.allSettled(keeper.pending);
  over.abort();
  await foresight.close();
  if (!foresight.end) return await returned as Returned<T>;
  const { what, cause, instead } = foresight.end;
  draft.seal({
    ...{ scope: path, what, place: placeOf(cause ?? foresight.end) },
    ...(instead !== undefined && { instead }),
    ...(cause !== undefined && { cause }),
  });
  return undefined;
}

function failed(foresight: Foresight, error: unknown): undefined {
  foresight.beyond(`fail: ${describe(error)}`, { cause: error });
}

/** Where something was asked for: the file, as seen from the working directory, and the line. */
function placeOf(error: unknown): string | undefined {
  const frame = claimedAt(error instanceof Error ? error.stack : undefined);
  const place = /(?:file:\/\/)?(\/[^\s()]*?:\d+)(?::\d+)?\)?$/.exec(frame)?.[1];
  const here = `${Deno.cwd()}/`;
  return place?.startsWith(here) ? place.slice(here.length) : place;
}

/** Answers what a body claims. */
class ForeseenScope implements Keeper {
  /** The scopes in it that are not foreseen yet. */
  readonly pending: Set<Promise<unknown>> = new Set();
  readonly #draft: Draft;
  readonly #actions: Actions;
  readonly #path: string;
  readonly #foresight: Foresight;
  readonly #claimed = new Map<string, Error>();

  constructor(draft: Draft, actions: Actions, path: string, foresight: Foresight) {
    this.#draft = draft;
    this.#actions = actions;
    this.#path = path;
    this.#foresight = foresight;
  }

  beyond(what: string): Error {
    return this.#foresight.beyond(what);
  }

  async claim<T>(claim: Claim<T>): Promise<T> {
    if (this.#foresight.end) throw this.#foresight.end;
    const here = new Error(); // Its stack is read if it must be: that takes longer than all else here.
    const path = this.#path === "" ? claim.name : `${this.#path}/${claim.name}`;
    const before = this.#claimed.get(path);
    if (before) throw new DuplicateNameError(path, before.stack, here.stack);
    this.#claimed.set(path, here);
    if (claim instanceof ScopeClaim) return await this.#scope(path, claim);
    const value = await this.#draft.claim(
      ...[path, claim, this.#actions, (what: string) => this.beyond(what)] as const,
    );
    if (!value) throw this.beyond(`use ${path}, which is not known before it is there`);
    return value.value;
  }

  async #scope<T>(path: string, { program }: ScopeClaim<object, T>): Promise<T> {
    const foreseeing = foresee(this.#draft, this.#actions.within(), path, program);
    this.pending.add(foreseeing);
    const returned = await foreseeing;
    if (!returned) throw this.beyond(`use what scope ${path} returns`);
    return returned.value;
  }
}
