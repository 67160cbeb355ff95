import type { Nursery, Supposed } from "../../nursery/mod.ts";
import { canonical } from "../../service/canonical.ts";
import { Deed } from "./deed.ts";
import { claimKept } from "./kept.ts";

/** What has a text in JSON. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json };

/**
 * What happens once, as filling a database: each run of a scope that claims the name gets what the first had
 * as its result, until the key is another. A system with a host that stands keeps the result for the next
 * program, too, if it is short, some 3 KiB; a task that was under way when its program died is run again.
 *
 * @param name Unique in its scope.
 * @param key What it depends on: when it is no longer equal, the task is run again.
 * @param task Its result is data, as JSON has it.
 * @throws {TypeError} If the result is no such data.
 *
 * @example
 * ```ts
 * import { Command, type Nursery, once, supervise, type Thread } from "bailiwick";
 *
 * async function prepare(nursery: Nursery, thread: Thread, schema: number) {
 *   await supervise(nursery, "shop", async (nursery) => {
 *     await once(nursery, "schema", schema, async () => {
 *       await thread.run(new Command("migrate", ["--to", schema]));
 *       return schema;
 *     });
 *   });
 * }
 * ```
 */
export async function once<T extends Json>(
  nursery: Nursery,
  name: string,
  key: unknown,
  task: () => Promise<T>,
): Promise<T> {
  const deed = new Deed(nursery, "result", name, key);
  return await claimKept(nursery, {
    ...deed.claim<T>(),
    make: async ({ nursery }) => await deed.note(nursery, data(name, await task())),
    suppose: ({ facts }: Supposed) => facts && { value: facts["result"] as T },
  });
}

/** A copy of the result, as it is read back from JSON. */
function data<T>(name: string, result: T): T {
  const text = JSON.stringify(result);
  const copy = text === undefined ? undefined : JSON.parse(text);
  if (copy !== undefined && canonical(copy).text === canonical(result).text) return copy;
  throw new TypeError(
    `The result of ${name} is not data as JSON has it: return text, numbers, lists and plain objects`,
  );
}
