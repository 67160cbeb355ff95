import type { Milliseconds } from "../clock/mod.ts";

/**
 * Asks again and again until something is so; for what nothing tells of.
 *
 * @param what Names it, for the error.
 * @param deadline How long, in milliseconds.
 * @throws {Error} If it is not so by then.
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadline: Milliseconds = 10_000,
): Promise<void> {
  const end = performance.now() + deadline;
  while (!await condition()) {
    if (performance.now() > end) throw new Error(`After ${deadline} ms it is not so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
