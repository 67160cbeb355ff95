/** The console of each client: what its code prints is its own, also after an `await`. */
import { AsyncLocalStorage } from "node:async_hooks";

/** Takes what was printed. */
type Print = (text: string) => void;

const METHODS = ["log", "info", "debug", "warn", "error", "table", "dir"] as const;

const clients = new AsyncLocalStorage<Print>();
let users = 0;
let restore: (() => void) | undefined;

/** Has what a task prints go to `print`. */
export function printingTo<T>(print: Print, task: () => T): T {
  return clients.run(print, task);
}

/** As long as this is not disposed, the console of what runs in {@linkcode printingTo} is its own. */
export function ownConsole(): Disposable {
  if (users++ === 0) restore = replace();
  return {
    [Symbol.dispose]() {
      if (--users === 0) restore?.();
    },
  };
}

function replace(): () => void {
  const before = METHODS.map((name) => [name, console[name]] as const);
  for (const [name, original] of before) {
    console[name] = (...values: unknown[]) => {
      const print = clients.getStore();
      if (!print) return original.apply(console, values as []);
      print(values.map((each) => typeof each === "string" ? each : Deno.inspect(each)).join(" "));
    };
  }
  return () => {
    for (const [name, original] of before) console[name] = original as typeof console.log;
  };
}
