/**
 * Ends the program if code that somebody has typed keeps its only thread: a loop after an `await` cannot be broken
 * into from inside of it. What stands goes on, and a supervisor or the next program takes over.
 *
 * It counts its own rounds, and not the time: a program that was paused is not taken for one that is kept.
 */

/** Milliseconds. */
const ROUND = 250;
const SAY_AFTER = 2000;
const KILL_AFTER = 6000;

/** A worker, since it must run when the program does not. It is told of each beat, and whether it is to watch. */
const WATCH = `
let isWatching = false, silent = 0;
onmessage = ({ data }) => { isWatching = data; silent = 0; };
setInterval(() => {
  if (!isWatching) return;
  silent++;
  if (silent === ${KILL_AFTER / ROUND}) Deno.kill(Deno.pid, "SIGKILL");
  if (silent !== ${SAY_AFTER / ROUND + 1}) return;
  const text = "Code that was typed at the REPL has kept the program for ${SAY_AFTER / 1000} s; " +
    "the program is killed if that lasts ${KILL_AFTER / 1000} s\\n";
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}, ${ROUND});
`;

/** Watches while code is evaluated. */
export class Watchdog implements Disposable {
  readonly #worker = new Worker(`data:application/javascript,${encodeURIComponent(WATCH)}`, {
    type: "module",
  });
  #open = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** From now on, until what it returns is disposed, the program must not be kept. */
  watch(): Disposable {
    if (this.#open++ === 0) {
      this.#worker.postMessage(true);
      this.#timer = setInterval(() => this.#worker.postMessage(true), ROUND / 2);
    }
    return { [Symbol.dispose]: () => this.#leave() };
  }

  #leave(): void {
    if (--this.#open > 0) return;
    clearInterval(this.#timer);
    this.#worker.postMessage(false);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#worker.terminate();
  }
}
