/** Steps as they happen, and where the time went. */
import { type StepEvent, watchSteps } from "../steps/mod.ts";
import { duration, table } from "./table.ts";
import { bar, type Terminal } from "./terminal.ts";

const WORDS = {
  connect: ["connecting to", "connected to"],
  deploy: ["deploying", "deployed"],
  start: ["starting", "ready:"],
} as const;

/** Shows the steps of the library on a terminal while it exists. */
export class Progress implements Disposable {
  readonly #terminal: Terminal;
  readonly #watch: Disposable;
  readonly #ended: StepEvent[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#watch = watchSteps((event) => this.#show(event));
  }

  /** What took longest, the longest first. */
  summary(most = 5): string {
    const longest = this.#ended.toSorted((a, b) => b.elapsed - a.elapsed).slice(0, most);
    const rows = longest.map(({ step, elapsed }) => [
      `${step.kind} ${step.subject}`,
      step.host,
      duration(elapsed),
    ]);
    return table(["STEP", "HOST", "TOOK"], rows);
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  #show({ step, state, elapsed, bytes }: StepEvent): void {
    const [doing, done] = WORDS[step.kind];
    const where = step.subject === step.host ? step.host : `${step.subject} on ${step.host}`;
    const terminal = this.#terminal;
    if (state === "begun") terminal.draw(`  ${doing} ${where}`);
    if (state === "moved" && bytes) {
      terminal.draw(`  ${doing} ${where} ${bar(bytes.moved, bytes.total)}`);
    }
    if (state === "done") {
      terminal.say(`  ${done} ${where} ${terminal.dim(`in ${duration(elapsed)}`)}`);
    }
    if (state === "failed") terminal.say(`  ${terminal.bad("failed")} ${doing} ${where}`);
    if (state === "done" || state === "failed") {
      this.#ended.push({ step, state, elapsed });
    }
  }
}
