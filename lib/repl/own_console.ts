/**
 * The console of each client: what its code prints is its own, also after an `await`. What nobody takes any more, since
 * the client has gone, is printed as usual: it may be of the system, which the client's code has had run again.
 *
 * An error that nobody catches ends a program. One of code that was typed is said, and ends nothing.
 */
import { AsyncLocalStorage } from "node:async_hooks";

/** Takes what was printed; returns whether anybody is there who does. */
export type Print = (text: string) => boolean;

const METHODS = ["log", "info", "debug", "warn", "error", "table", "dir"] as const;

const clients = new AsyncLocalStorage<Print>();
const usual = { error: console.error };
let isOwn = false;

/** Has what a task prints go to `print`, and what it fails with later. From now on it is looked who prints. */
export function printingTo<T>(print: Print, task: () => T): T {
  if (!isOwn) replace();
  isOwn = true;
  return clients.run(print, task);
}

function replace(): void {
  for (const name of METHODS) {
    const original: typeof console.log = console[name];
    console[name] = (...values: unknown[]) => {
      const print = clients.getStore();
      if (!print?.(values.map(inWords).join(" "))) original.apply(console, values);
    };
  }
  addEventListener("unhandledrejection", (event) => take(event, event.reason));
  addEventListener("error", (event) => take(event, event.error));
}

function take(event: Event, error: unknown): void {
  const print = clients.getStore();
  if (!print && !wasTyped(error)) return;
  event.preventDefault();
  const text = `Nobody has caught what was typed at the REPL: ${inWords(error)}`;
  if (!print?.(text)) usual.error(text);
}

/** Whether typed code has a part in it: no other code is of no file. Timers do not say whose they are. */
function wasTyped(error: unknown): boolean {
  return error instanceof Error && /<anonymous>:\d+:\d+/.test(error.stack ?? "");
}

function inWords(value: unknown): string {
  return typeof value === "string" ? value : Deno.inspect(value);
}
