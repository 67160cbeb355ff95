/** Numbers below a bound that look random and are the same in every run. */
export type Dice = (bound: number) => number;

/** Dice whose throws follow from a seed. */
export function dice(seed: number): Dice {
  let x = seed * 0x9e3779b9;
  return (bound) => {
    x = Math.imul(x ^ x >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return ((x ^ x >>> 13) >>> 0) % bound;
  };
}

/** One of some. */
export function choose<T>(roll: Dice, items: readonly T[]): T {
  return items[roll(items.length)]!;
}
