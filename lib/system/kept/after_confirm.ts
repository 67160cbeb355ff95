import type { Nursery } from "../../nursery/mod.ts";
import { abortable } from "../../clock/mod.ts";
import { Family } from "../scope/family.ts";
import { Deed } from "./deed.ts";
import { claimKept, type Made } from "./kept.ts";

/**
 * What cannot be undone, as changing data so that the program before could not read it any more: done once,
 * in the background, when the change of a system is confirmed; at once, where nothing is to be confirmed.
 * Until it is confirmed, both programs must be able to read the data. A system with a host that stands keeps
 * for later programs that it was done.
 *
 * @param name Unique in its scope.
 * @param key What it depends on: when it is no longer equal, the task is run again.
 * @param task If it fails, the scope's policy is asked, and may have it done again.
 *
 * @example
 * ```ts
 * import { afterConfirm, Command, type Nursery, supervise, type Thread } from "bailiwick";
 *
 * async function startShop(nursery: Nursery, thread: Thread) {
 *   await supervise(nursery, "shop", async (nursery) => {
 *     await afterConfirm(nursery, "drop old columns", 3, async () => {
 *       await thread.run(new Command("migrate", ["--finish", "3"]));
 *     });
 *   });
 * }
 * ```
 */
export async function afterConfirm(
  nursery: Nursery,
  name: string,
  key: unknown,
  task: () => Promise<void>,
): Promise<void> {
  const deed = new Deed(nursery, "task after confirmation", name, key);
  await claimKept<void>(nursery, {
    ...deed.claim<void>(),
    make: async (place) => {
      const { confirmed } = Family.of(place.nursery);
      let hasFailed = false;
      let done: Made<unknown> | undefined;
      const work = async () => {
        try {
          await abortable(confirmed, place.nursery.signal);
          await task();
          done = await deed.note(place.nursery, null);
        } catch (error) {
          hasFailed = true;
          if (!place.nursery.signal.aborted) place.failed(error);
        }
      };
      place.nursery.spawn(work, place.nursery.pathOf(name));
      return { value: undefined, isGone: () => hasFailed, close: async () => done?.close?.() };
    },
    suppose: () => ({ value: undefined }),
  });
}

/**
 * Has what was asked for by {@linkcode afterConfirm} wait, within the outermost nursery of this one, until what
 * this returns is called.
 *
 * @example
 * ```ts
 * import { awaitConfirmation, type Nursery } from "bailiwick";
 *
 * async function change(nursery: Nursery, start: (nursery: Nursery) => Promise<void>) {
 *   const confirm = awaitConfirmation(nursery);
 *   await start(nursery);
 *   if (prompt("Is all well?") === "yes") confirm();
 * }
 * ```
 */
export function awaitConfirmation(nursery: Nursery): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  Family.of(nursery).confirmed = promise;
  return resolve;
}
