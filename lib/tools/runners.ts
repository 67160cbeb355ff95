/**
 * The programs that this one was started through. `npx` and `deno task` do not pass SIGTERM on: when they
 * are ended, what they started would run on as nobody's. So it asks now and then whether they are there.
 *
 * A runner is an ancestor whose command line names deno and a task, as all of `npx deno task up` have:
 * npm, its shell, npm's wrapper of deno, deno. What started those is not one: a shell may end, and what it
 * started go on.
 */
import type { Milliseconds } from "../clock/mod.ts";
import { type Process, processOf, readProc } from "./processes.ts";

const PERIOD: Milliseconds = 500;

/** What this program was started through; taken down as soon as it runs, since runners may end. */
export class Runners {
  readonly #all: readonly Process[] = runnersOf(Deno.ppid);

  /** Calls `gone` once when one of them has ended, until `signal` is aborted. */
  watch(signal: AbortSignal, gone: () => void): void {
    if (this.#all.length === 0 || signal.aborted) return;
    const timer = setInterval(() => {
      if (this.#all.every(({ pid, began }) => processOf(pid)?.began === began)) return;
      clearInterval(timer);
      gone();
    }, PERIOD);
    Deno.unrefTimer(timer);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }
}

function runnersOf(pid: number): Process[] {
  const process = isRunner(commandLine(pid)) ? processOf(pid) : undefined;
  return process === undefined ? [] : [process, ...runnersOf(process.parent)];
}

/** Whether a command line, its words separated by NUL, space or quotes, is a runner's. */
export function isRunner(commandLine: string): boolean {
  const words = commandLine.split(/[\0\s'"]+/);
  return words.includes("task") && words.some((word) => /(^|\/)deno(@|\.c?js$|$)/.test(word));
}

function commandLine(pid: number): string {
  return readProc(pid, "cmdline") ?? "";
}
