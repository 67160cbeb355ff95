/** What an operator needs when a system fails: one screen, the cause first. */
import { type Service, ServiceError } from "../service/mod.ts";
import { duration } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const MOST_LINES = 12;

/** Shows why a system failed, and what became of the services that had been started. */
export function showFailure(
  terminal: Terminal,
  error: unknown,
  services: readonly Service[],
): void {
  for (const failure of causes(error)) {
    terminal.say("");
    if (failure instanceof ServiceError) showService(terminal, failure);
    else terminal.say(`${terminal.bad("FAILED")}  ${describe(failure)}`);
  }
  const undone = services.filter(({ child }) => child.status && !isFailed(error, child.pid));
  if (undone.length === 0) return;
  const names = undone.toReversed().map((service) => `${service.name} ${service.child.status}`);
  terminal.say(`undone  ${names.join("\n        ")}`);
}

function showService(terminal: Terminal, failure: ServiceError): void {
  const { service, host, status, wasReady, ran, command, waiting, lastLines } = failure;
  const when = wasReady ? "" : ", before it was ready";
  terminal.say(`${terminal.bad("FAILED")}  ${service} on ${host}`);
  terminal.say(`how     ${status}${when}, after ${duration(ran)}`);
  terminal.say(`command ${command}`);
  if (waiting.length > 0) terminal.say(`waiting ${waiting.join(" in ")}`);
  if (lastLines.length === 0) terminal.say("said    nothing");
  for (const line of lastLines.slice(-MOST_LINES)) terminal.say(`said    ${line}`);
}

/** The failures in an error, each once. */
function causes(error: unknown): unknown[] {
  const all = error instanceof AggregateError ? error.errors.flatMap(causes) : [error];
  return [...new Set(all)];
}

function isFailed(error: unknown, pid: number): boolean {
  return causes(error).some((cause) => cause instanceof ServiceError && cause.pid === pid);
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : `${error}`;
}
