import type { Nursery } from "../nursery/mod.ts";

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

/** Whether that was said of a nursery. */
export function letsGo({ root }: Nursery): boolean {
  return going.has(root);
}
