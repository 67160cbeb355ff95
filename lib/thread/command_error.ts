/** A command that was run and did not end well. */
import { printable } from "../logs/mod.ts";
import type { Command } from "./command.ts";
import type { CommandOutput } from "./command_output.ts";
import type { Redaction } from "./redaction.ts";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const MOST_LINES = 10;
const MOST_LINE = 300;

/** What is known of the failure. */
export interface CommandFailure {
  readonly command: Command;
  readonly host: string;
  /** How it ended, or why it was ended: "exited with status 1", "did not end within 5 s". */
  readonly problem: string;
  /** What it wrote until then; undefined if it was never started. */
  readonly output: CommandOutput | undefined;
  /** What leaves its secrets out. */
  readonly redaction?: Redaction | undefined;
}

/** A command exited with another status than 0, was killed, or was ended as it took or wrote too much. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly host: string;
  /** How it ended, or why it was ended. */
  readonly problem: string;
  /** The last lines of what it wrote to standard error, or to standard output where there are none. */
  readonly lastLines: readonly string[];
  readonly #failure: CommandFailure;

  constructor(failure: CommandFailure, options?: ErrorOptions) {
    const last = lastLinesOf(failure);
    super(describe(failure, last), options);
    this.host = failure.host;
    this.problem = failure.problem;
    this.lastLines = last.lines;
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

interface LastLines {
  readonly from: string;
  readonly lines: readonly string[];
}

/** Of standard error; else of standard output, where some tools complain. */
function lastLinesOf({ output, redaction }: CommandFailure): LastLines {
  const [stderr, stdout] = [output?.stderrBytes, output?.stdoutBytes].map((bytes) =>
    bytes ? utf8.decode(redaction?.of(bytes) ?? bytes) : ""
  ) as [string, string];
  const from = stderr.trim() ? "standard error" : "standard output";
  const text = (stderr.trim() ? stderr : stdout).trimEnd();
  if (text === "") return { from, lines: [] };
  const shown = text.split("\n").slice(-MOST_LINES).map((line) =>
    cut(printable(line.replace(/\r$/, "")), MOST_LINE)
  );
  return { from, lines: shown };
}

function describe({ command, host, problem, output }: CommandFailure, last: LastLines): string {
  const how = `${cut(printable(`${command}`), MOST_LINE)} on host ${host} ${problem}`;
  if (!output) return how;
  const [only, ...more] = last.lines;
  if (only === undefined) return `${how}, and wrote nothing`;
  const ends = more.length === 0 ? `: ${only}` : ` ends with:\n${last.lines.join("\n")}`;
  return `${how}; ${last.from}${ends}`;
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
