import type { Nursery } from "../nursery/mod.ts";
import { Estate } from "./estate.ts";

const going = new WeakSet<Nursery>();

/**
 * Has what stands on standing hosts go on when the outermost nursery of this one ends; all else stops, as ever.
 *
 * @example
 * ```ts
 * import { letGo, Nursery } from "bailiwick";
 *
 * await Nursery.run((nursery) => {
 *   letGo(nursery);
 *   nursery.cancel();
 *   return Promise.resolve();
 * });
 * ```
 */
export function letGo({ root }: Nursery): void {
  going.add(root);
}

/**
 * Whether what a host keeps goes on when its turn to stop has come: its program lets go; or ends before all that it
 * asks for has stood once, and an earlier one had started it or what it has taken the place of.
 */
export function goesOn({ root }: Nursery, isOfEarlier: boolean): boolean {
  if (going.has(root)) return true;
  return isOfEarlier && Estate.of(root).isLeft(root);
}
