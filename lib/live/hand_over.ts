/**
 * How a program that is loaded again says what it is. Its modules end in `await main({ ... })`, as they did
 * when it was started; that call gives its argument to whoever loads them, and never returns: the first one
 * has not either, and what is written behind it belongs to the end of the program.
 */
import { AsyncLocalStorage } from "node:async_hooks";

type Take = (value: unknown) => Promise<never>;

const taking = new AsyncLocalStorage<Take>();

/** Gives a value to who loads the modules that call this; nothing if that is Deno, and the program is run. */
export function handOver(value: unknown): Promise<never> | undefined {
  return taking.getStore()?.(value);
}

/**
 * Runs modules until they hand over a value.
 *
 * @param load Settles when they have run to their end.
 * @throws What they throw before; an error if they hand over nothing, or more than one value.
 */
export async function handedOver(load: () => Promise<unknown>): Promise<unknown> {
  const values: unknown[] = [];
  const { promise: first, resolve } = Promise.withResolvers<void>();
  const take = (value: unknown) => {
    values.push(value);
    resolve();
    return new Promise<never>(() => {});
  };
  await Promise.race([taking.run(take, load), first]);
  if (values.length === 1) return values[0];
  throw new Error(
    values.length === 0
      ? "It does not call main(), which says what the system is"
      : "It calls main() more than once; a program has one system",
  );
}
