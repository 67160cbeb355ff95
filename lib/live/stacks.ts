/**
 * Where errors of reloaded modules are from. Deno knows the source maps of the modules that it has loaded
 * itself; of others, stacks would name lines of their JavaScript. This gives those of the files.
 */
import type { Generation } from "./generation.ts";

/** How many saves are remembered; a service of an older one shows lines of its JavaScript. */
const MOST = 20;

const PLACE = /save-(\d+):(\/\/[^\s()]+):(\d+):(\d+)/;

/** V8's hook for the text of stacks; it is there if somebody has set it. */
const hooks: { prepareStackTrace?: (error: Error, sites: NodeJS.CallSite[]) => unknown } = Error;

/** Gives stacks the places in the user's files, until it is disposed. */
export class Stacks implements Disposable {
  readonly #generations = new Map<number, Generation>();
  readonly #before = hooks.prepareStackTrace;

  constructor() {
    // Whoever has set it before has their reasons.
    hooks.prepareStackTrace ??= (error, sites) =>
      [`${error}`, ...sites.map((site) => `    at ${this.#placed(`${site}`)}`)].join("\n");
  }

  /** Remembers the modules of a save. */
  add(generation: Generation): void {
    this.#generations.set(generation.number, generation);
    const [oldest] = this.#generations.keys();
    if (this.#generations.size > MOST) this.#generations.delete(oldest!);
  }

  [Symbol.dispose](): void {
    if (this.#before === undefined) delete hooks.prepareStackTrace;
  }

  #placed(site: string): string {
    return site.replace(PLACE, (_, number, path, line, column) => {
      const [href, position] = [`file:${path}`, { line: Number(line), column: Number(column) }];
      const origin = this.#generations.get(Number(number))?.origin(href, position) ?? position;
      return `${href}:${origin.line}:${origin.column}`;
    });
  }
}

const LIBRARY = new URL("../", import.meta.url);

/**
 * The first place in a file of the user's that an error's stack has, as `file:///shop/main.ts:12:7`: that of its
 * cause, if it has one.
 */
export function placeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const cause = error instanceof AggregateError ? error.errors[0] : error.cause;
  const places = error.stack?.matchAll(/[\s(](?:file:\/\/)?(\/[^\s()]+:\d+:\d+)/g) ?? [];
  return placeOf(cause) ?? Array.from(places, ([, place]) => `file://${place}`)
    .find((place) => !place.startsWith(LIBRARY.href));
}
