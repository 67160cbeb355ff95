/** Steps as they happen, and where the time went. */
import { printable } from "../logs/mod.ts";
import type { Model, ModelEvent, Step, StepRow } from "../model/mod.ts";
import type { AnyScope, Choice } from "../system/mod.ts";
import { duration, table } from "./table.ts";
import { bar, type Terminal } from "./terminal.ts";

const WORDS = {
  connect: ["connecting to", "connected to"],
  deploy: ["deploying", "deployed"],
  start: ["starting", "ready:"],
} as const;

/** Shows the steps of a model on a terminal while it exists. */
export class Progress implements Disposable {
  readonly #terminal: Terminal;
  readonly #model: Model;
  readonly #watch: Disposable;
  readonly #answering: ((scope: string, choice: string) => string) | undefined;
  /** When each step began that has not ended. */
  readonly #begun = new Map<number, number>();
  /** Lost hosts that could not be reconnected yet. */
  readonly #missing = new Set<string>();
  /** What can be answered to scopes of which it is not shown yet that they ask. */
  readonly #choices = new Map<string, readonly Choice[]>();
  /** Why scopes wait. */
  #waiting = "";

  /** @param answering How a choice is answered on a command line, as "shop answer orders again". */
  constructor(
    terminal: Terminal,
    model: Model,
    answering?: (scope: string, choice: string) => string,
  ) {
    this.#terminal = terminal;
    this.#model = model;
    this.#answering = answering;
    this.#watch = model.observe((event) => this.#show(event));
  }

  /** What took longest, the longest first. */
  summary(most = 5): string {
    const ended = this.#model.steps.filter(({ ended }) => ended !== undefined);
    const rows = ended.toSorted((a, b) => elapsed(b) - elapsed(a)).slice(0, most).map((row) => [
      `${row.step.kind} ${row.step.subject}`,
      row.step.host,
      duration(elapsed(row)),
    ]);
    return table(["STEP", "HOST", "TOOK"], rows);
  }

  /** A scope asks: what can be answered is shown below its question. */
  ask({ path, choices }: Pick<AnyScope, "path" | "choices">): void {
    this.#choices.set(path, choices);
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  #show(event: ModelEvent): void {
    if (event.kind === "step-begun") {
      this.#begun.set(event.id, event.time);
      if (!this.#isAgain(event.step)) this.#terminal.draw(`  ${doing(event.step)}`);
    }
    if (event.kind === "step-moved") {
      this.#terminal.draw(`  ${doing(event.step)} ${bar(event.moved, event.total)}`);
    }
    if (event.kind === "step-ended") this.#end(event);
    if (event.kind === "service-ended" && event.state === "failed") this.#fail(event);
    if (event.kind === "scope-changed") this.#change(event);
    if (event.kind === "host-unreachable") this.#miss(event);
    if (event.kind === "host-connected") this.#find(event.host);
    if (event.kind === "socket-mended") this.#mend(event);
  }

  #mend({ path, host, problems }: ModelEvent & { kind: "socket-mended" }): void {
    const what = `socket ${path} on ${host} as it was: ${problems.join("; ")}`;
    this.#terminal.say(`  ${this.#terminal.bad("mended")} ${what}`);
  }

  #find(host: string): void {
    this.#missing.delete(host);
    this.#waiting = "";
  }

  /** A lost host cannot be reconnected: the first attempt that fails is said. */
  #miss({ host, reason }: ModelEvent & { kind: "host-unreachable" }): void {
    if (this.#missing.has(host)) return;
    this.#missing.add(host);
    const problem = `${firstLine(reason)}; it is tried again and again`;
    this.#terminal.say(`  ${this.#terminal.bad("failed")} connecting to ${host}: ${problem}`);
  }

  /** Whether that is one of many attempts to connect to a host that was lost. */
  #isAgain({ kind, host }: Step): boolean {
    const row = this.#model.hosts.find((row) => row.host === host);
    return kind === "connect" && row?.state === "lost";
  }

  /** A service that was ready, or had no way to say so, has failed. */
  #fail({ path, instance, end }: ModelEvent & { kind: "service-ended" }): void {
    const row = this.#model.services.find((row) => row.instance === instance);
    const wasReady = row && (row.ready !== undefined || row.began === "running");
    if (wasReady) this.#terminal.say(`  ${this.#terminal.bad("failed")} ${path}: ${end.status}`);
  }

  #change({ path, state, reason = "" }: ModelEvent & { kind: "scope-changed" }): void {
    if (!["held", "left", "failed", "waiting"].includes(state)) return;
    if (state === "waiting" && reason === this.#waiting) return; // That is one host for many scopes.
    this.#waiting = state === "waiting" ? reason : this.#waiting;
    const of = path === "" ? "" : ` ${path}`;
    this.#terminal.say(`  ${this.#terminal.bad(state)}${of}: ${firstLine(reason)}`);
    const choices = state === "held" ? this.#choices.get(path) ?? [] : [];
    this.#choices.delete(path);
    for (const { label, does } of choices) this.#terminal.say(`    ${label}: ${does}`);
    const [first] = choices;
    if (first && this.#answering) {
      this.#terminal.say(`    answer it by: ${this.#answering(path, first.label)}`);
    }
  }

  #end({ id, step, failure, time }: ModelEvent & { kind: "step-ended" }): void {
    const terminal = this.#terminal;
    const took = duration(time - (this.#begun.get(id) ?? time));
    this.#begun.delete(id);
    if (failure !== undefined && this.#isAgain(step)) return;
    if (failure !== undefined) {
      return terminal.say(`  ${terminal.bad("failed")} ${doing(step)}: ${firstLine(failure)}`);
    }
    terminal.say(`  ${WORDS[step.kind][1]} ${where(step)} ${terminal.dim(`in ${took}`)}`);
  }
}

function doing(step: Step): string {
  return `${WORDS[step.kind][0]} ${where(step)}`;
}

/** What follows the first line is for who reads the whole error, as the end of a log. */
function firstLine(text: string): string {
  return printable(text.split("\n", 1)[0]!);
}

function where({ subject, host }: Step): string {
  return subject === host ? host : `${subject} on ${host}`;
}

function elapsed({ begun, ended = begun }: StepRow): number {
  return ended - begun;
}
