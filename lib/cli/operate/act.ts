/** Actions on a running system: each is asked of its program, and says what came of it. */
import type { Actions } from "../../operate/mod.ts";
import { print } from "../../tools/mod.ts";
import type { SystemFlags } from "../standing/flags.ts";
import type { AnySystem } from "../system.ts";
import { UsageError } from "../usage_error.ts";
import { programOf } from "./program.ts";

/** What every action takes. */
export interface ActFlags extends SystemFlags {
  readonly json: boolean;
}

/**
 * Has something done, and prints what came of it.
 *
 * @throws {UsageError} If no program is there to do it.
 * @throws {RequestError} If it makes no sense, or is refused as things are.
 */
export async function act<K extends keyof Actions>(
  system: AnySystem,
  flags: ActFlags,
  kind: K,
  asked: Actions[K],
): Promise<void> {
  using client = await programOf(system, flags);
  const outcome = await client.act(kind, asked);
  print(flags.json ? JSON.stringify(outcome) : outcome.message);
}

/**
 * Values that are written as NAME=VALUE.
 *
 * @throws {UsageError} If one is not.
 */
export function pairs(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.map((word) => {
    const at = word.indexOf("=");
    if (at < 1) throw new UsageError(`A value is given as name=value, not ${JSON.stringify(word)}`);
    return [word.slice(0, at), word.slice(at + 1)];
  }));
}
