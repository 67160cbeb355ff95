/** What an operator needs when a system fails: one screen, the cause first. */
import { printable } from "../logs/mod.ts";
import type { Milliseconds } from "../clock/mod.ts";
import type { Model, ScopeState, ServiceRow } from "../model/mod.ts";
import { failedAt } from "../nursery/errors.ts";
import { howItFailed, ServiceError } from "../service/mod.ts";
import { ScopeError } from "../system/mod.ts";
import { duration } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const MOST_LINES = 12;

/** What there is to say besides. */
export interface FailureContext {
  /** Since the program began. */
  readonly elapsed?: Milliseconds;
  /** What else was not as it should be, as {@linkcode unsettled} has it. */
  readonly besides?: readonly string[];
  /** What can be done now, as whole command lines with what they do. */
  readonly next?: readonly string[];
}

/** Shows why a system failed, what became of the services that had been started, and what can be done. */
export function showFailure(
  terminal: Terminal,
  error: unknown,
  services: readonly ServiceRow[],
  { elapsed, besides = [], next = [] }: FailureContext = {},
): void {
  const failures = causes(error);
  for (const [index, failure] of failures.entries()) {
    const word = index === 0 ? terminal.bad("FAILED") : terminal.bad("then  ");
    terminal.say("");
    if (failure instanceof ServiceError) showService(terminal, word, failure);
    else showOther(terminal, word, failure);
  }
  const undone = undoneBy(failures, services).map(({ path, end }) => {
    const { swept, status } = end!;
    const killed = `, and ${swept} that it left ${swept === 1 ? "was" : "were"} killed`;
    return `${path} ${status}${swept === 0 ? "" : killed}`;
  });
  const say = (word: string, lines: readonly string[]) => {
    if (lines.length > 0) terminal.say(`${word.padEnd(8)}${lines.join("\n        ")}`);
  };
  say("undone", undone);
  say("besides", besides);
  say("when", elapsed === undefined ? [] : [`${duration(elapsed)} after the program began`]);
  say("next", next);
}

/** The scopes that did not simply stand when the first of them failed, and the hosts that are lost; in words. */
export function unsettled({ events }: Model): string[] {
  const found = new Map<string, string>();
  for (const event of events) {
    if (event.kind === "host-lost") found.set(`host ${event.host}`, `${event.host} was lost`);
    if (event.kind === "host-connected") found.delete(`host ${event.host}`);
    if (event.kind !== "scope-changed") continue;
    if (event.state === "failed") return [...found.values()];
    found.delete(event.path);
    if (!UNSETTLED.includes(event.state)) continue;
    const why = event.reason === undefined ? "" : `: ${printable(event.reason.split("\n", 1)[0]!)}`;
    found.set(event.path, `${event.path || "the system"} was ${event.state}${why}`);
  }
  return [];
}

const UNSETTLED: readonly ScopeState[] = ["held", "backing off", "left", "waiting"];

function showService(terminal: Terminal, word: string, failure: ServiceError): void {
  const { path, host, pid, instance, ran, command, waiting, lastLines } = failure;
  terminal.say(`${word}  ${path} on ${host}`);
  terminal.say(`how     ${howItFailed(failure)}, after ${duration(ran)}`);
  terminal.say(`which   pid ${pid}, instance ${instance.toString(16)}`);
  terminal.say(`command ${command}`);
  if (waiting.length > 0) terminal.say(`waiting ${waiting.join(" in ")}`);
  if (lastLines.length === 0) terminal.say("said    nothing");
  for (const line of lastLines.slice(-MOST_LINES)) terminal.say(`said    ${line}`);
}

function showOther(terminal: Terminal, word: string, failure: unknown): void {
  const text = failure instanceof Error ? `${failure.name}: ${failure.message}` : `${failure}`;
  const [first, ...rest] = text.split("\n").map(printable);
  terminal.say(`${word}  ${first}`);
  for (const line of rest) terminal.say(`        ${line}`);
}

/** What was stopped since the first failure, in the order in which it ended. */
function undoneBy(
  failures: readonly unknown[],
  services: readonly ServiceRow[],
): readonly ServiceRow[] {
  const times = failures.map((failure) => {
    if (!(failure instanceof ServiceError)) return failedAt(failure);
    return services.find(({ instance }) => instance === failure.instance)?.ended;
  });
  const first = times.filter((time) => time !== undefined);
  const since = first.length === 0 ? 0 : Math.min(...first);
  return services
    .filter(({ state, stopping }) => state === "stopped" && stopping !== undefined)
    .filter(({ stopping }) => stopping! >= since)
    .toSorted((a, b) => a.ended! - b.ended!);
}

/** The failures in an error, each once; for a scope that failed, those for which it did. */
function causes(error: unknown): unknown[] {
  if (error instanceof AggregateError) return [...new Set(error.errors.flatMap(causes))];
  return error instanceof ScopeError && error.cause ? causes(error.cause) : [error];
}
