/** A service that ended as it should not have, or that did not become ready. */
import type { Milliseconds } from "../clock/mod.ts";
import { printable } from "../logs/mod.ts";
import type { ServiceIdentity } from "../model/mod.ts";
import type { WaitStatus } from "../thread/mod.ts";

/** What is known of the failure. */
export interface ServiceFailure extends ServiceIdentity {
  readonly host: string;
  readonly pid: number;
  readonly command: string;
  /** How it ended. */
  readonly status: WaitStatus;
  /** What was wrong with it, if not its end: then it ended because it was stopped for that. */
  readonly problem: string | undefined;
  /** Whether it had said that it was ready. */
  readonly wasReady: boolean;
  /** The start functions that waited for it to be ready, innermost first. */
  readonly waiting: readonly string[];
  /** From its start to its end. */
  readonly ran: Milliseconds;
  /** Why it was ended, if its host knows, such as that its memory was at its limit. */
  readonly reason: string | undefined;
  /** Its last output. */
  readonly lastLines: readonly string[];
}

/** Adds what was learned since an error was made: the rest of its output, and why it was ended. */
export let addToFailure: (
  error: ServiceError,
  lines: readonly string[],
  reason: string | undefined,
) => void;

/** A service failed. */
export class ServiceError extends Error implements ServiceFailure {
  override readonly name = "ServiceError";
  readonly path: string;
  readonly instance: bigint;
  readonly host: string;
  readonly pid: number;
  readonly command: string;
  readonly status: WaitStatus;
  readonly problem: string | undefined;
  readonly wasReady: boolean;
  readonly waiting: readonly string[];
  readonly ran: Milliseconds;
  #reason: string | undefined;
  #lastLines: readonly string[];

  static {
    addToFailure = (error, lines, reason) => {
      const before = error.message;
      error.#lastLines = lines;
      error.#reason = reason;
      error.message = describe(error);
      if (error.stack) error.stack = error.stack.replace(before, () => error.message);
    };
  }

  constructor(failure: ServiceFailure, options?: ErrorOptions) {
    super(describe(failure), options);
    this.path = failure.path;
    this.instance = failure.instance;
    this.host = failure.host;
    this.pid = failure.pid;
    this.command = printable(failure.command);
    this.status = failure.status;
    this.problem = failure.problem;
    this.wasReady = failure.wasReady;
    this.waiting = failure.waiting;
    this.ran = failure.ran;
    this.#reason = failure.reason;
    this.#lastLines = failure.lastLines;
  }

  /** Why it was ended, if its host knows; that may come shortly after its end. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Its last output. Some of it may come shortly after its end, and then is added. */
  get lastLines(): readonly string[] {
    return this.#lastLines;
  }
}

/** What happened, in words. */
export function howItFailed({ status, problem, reason, wasReady }: ServiceFailure): string {
  const end = reason === undefined ? `${status}` : `${status} (${reason})`;
  if (problem !== undefined) return `${problem}, and was stopped: ${end}`;
  return wasReady ? end : `${end}, before it was ready`;
}

function describe(failure: ServiceFailure): string {
  const { path, instance, host, pid, command, waiting, ran, lastLines } = failure;
  const waited = waiting.length === 0 ? "" : `\nWaiting for it: ${waiting.join(", in ")}`;
  const lines = lastLines.length === 0
    ? "It wrote nothing"
    : `Its last lines:\n${lastLines.map((line) => `  | ${line}`).join("\n")}`;
  return `Service ${path} on host ${host} (pid ${pid}, instance ${instance.toString(16)}) ` +
    `${howItFailed(failure)}, after ${words(ran)}\n` +
    `Command: ${printable(command)}${waited}\n${lines}`;
}

function words(duration: Milliseconds): string {
  return duration < 1000 ? `${duration.toFixed(0)} ms` : `${(duration / 1000).toFixed(1)} s`;
}
