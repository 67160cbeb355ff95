/** A command that was run and did not end well. */
import { printable } from "../logs/mod.ts";
import type { Command } from "./command.ts";
import type { CommandOutput } from "./command_output.ts";

const MOST_COMMAND = 300;
const MOST_LINES = 10;
const MOST_QUOTED = 2000;

/** What is known of the failure. */
export interface CommandFailure {
  readonly command: Command;
  readonly host: string;
  /** How it ended, or why it was ended: "exited with status 1", "did not end within 5 s". */
  readonly problem: string;
  /** What it wrote until then; undefined if it was never started. */
  readonly output: CommandOutput | undefined;
  /** Shows a line without the secrets in it. */
  readonly redact?: ((line: string) => string) | undefined;
}

/** A command exited with another status than 0, was killed, or was ended as it took or wrote too much. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly host: string;
  readonly problem: string;
  readonly #failure: CommandFailure;

  constructor(failure: CommandFailure, options?: ErrorOptions) {
    super(describe(failure), options);
    this.host = failure.host;
    this.problem = failure.problem;
    this.#failure = failure;
  }

  /** The command that failed. */
  get command(): Command {
    return this.#failure.command;
  }

  /** How it ended and all that it had written; undefined if it was given up before it was started. */
  get output(): CommandOutput | undefined {
    return this.#failure.output;
  }
}

function describe(failure: CommandFailure): string {
  const { command, host, problem, output, redact = (line) => line } = failure;
  const shown = cut(printable(`${command}`), MOST_COMMAND);
  return `${shown} on host ${host} ${problem}${output ? said(output, redact) : ""}`;
}

/** The end of what it has written to standard error; else to standard output, where some tools complain. */
function said(output: CommandOutput, redact: (line: string) => string): string {
  const [error, other] = [output.stderr, output.stdout].map((text) => endOf(text, redact));
  if (error) return `: ${error}`;
  if (other) return `, with nothing on standard error; standard output ends with: ${other}`;
  return ", and wrote nothing";
}

/** Its last lines, as they can be shown. */
function endOf(text: string, redact: (line: string) => string): string {
  const lines = text.trimEnd().split("\n").slice(-MOST_LINES);
  const whole = lines.map((line) => printable(redact(line.replace(/\r$/, "")))).join("\n");
  return whole.length <= MOST_QUOTED ? whole : `…${whole.slice(-MOST_QUOTED)}`;
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
