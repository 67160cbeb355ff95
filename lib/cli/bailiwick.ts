/**
 * The command `bailiwick`: what is done with a system's sources. Running a system is its own program's
 * affair.
 *
 * @module
 */
import { Command, CommanderError } from "commander";
import library from "../../deno.json" with { type: "json" };
import { EXIT } from "../tools/mod.ts";
import { compileCommand } from "./compile.ts";

const program = new Command("bailiwick")
  .description("Systems written with Bailiwick")
  .version(library.version)
  .exitOverride()
  .showHelpAfterError("(bailiwick --help says more)");
program.addCommand(compileCommand().copyInheritedSettings(program));

try {
  await program.parseAsync(Deno.args, { from: "user" });
} catch (error) {
  Deno.exitCode = statusOf(error);
}

/** commander has said what is wrong already. */
function statusOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.USAGE;
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  return EXIT.FAILED;
}
