/** A command line from its words to its exit status. */
import { type Command, CommanderError } from "commander";
import { RequestError } from "../operate/mod.ts";
import { EXIT, NoReaderError, print } from "../tools/mod.ts";
import { exitStatusOf } from "./exit_status.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Runs what the words ask for, and sets the exit status.
 *
 * @param report Shows what a command has failed with; not called for a command line that makes no sense.
 */
export async function runProgram(
  program: Command,
  words: readonly string[],
  report: (error: unknown) => void,
): Promise<void> {
  try {
    program.showHelpAfterError(`(${program.name()} --help says more)`);
    await parse(program.configureOutput({ writeOut: (text) => print(text.trimEnd()) }), words);
  } catch (error) {
    Deno.exitCode = statusOf(error, report);
  }
}

/**
 * Does what the words ask for.
 *
 * @throws {CommanderError} If they make no sense, after that was said.
 */
export async function parse(program: Command, words: readonly string[]): Promise<void> {
  program.exitOverride();
  for (const command of everyCommand(program)) command.copyInheritedSettings(program);
  await program.parseAsync([...withoutSeparator(program, words)], { from: "user" });
}

/**
 * The words without a `--` that comes right after the command's name. `deno task up -- --port 7000` passes
 * it on, where npm would not; and who is used to npm writes it. A later one has its usual meaning.
 */
export function withoutSeparator(program: Command, words: readonly string[]): readonly string[] {
  const at = words.indexOf("--");
  let command: Command | undefined = program;
  for (const word of words.slice(0, Math.max(at, 0))) {
    command = command?.commands.find((below) => below.name() === word);
  }
  return at === -1 || command === undefined ? words : words.toSpliced(at, 1);
}

function everyCommand(program: Command): Command[] {
  return program.commands.flatMap((command) => [command, ...everyCommand(command)]);
}

function statusOf(error: unknown, report: (error: unknown) => void): number {
  // commander has said what is wrong already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.STOPPED : EXIT.USAGE;
  if (error instanceof NoReaderError) return EXIT.STOPPED;
  if (error instanceof UsageError || error instanceof RequestError) {
    console.error(`error: ${error.message}`);
    return exitStatusOf(error);
  }
  report(error);
  return exitStatusOf(error);
}
