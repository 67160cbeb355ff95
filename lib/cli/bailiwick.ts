/**
 * The command `bailiwick`: what is done with a system's sources. Running a system is its own program's
 * affair.
 *
 * @module
 */
import { Command } from "commander";
import library from "../../deno.json" with { type: "json" };
import { compileCommand } from "./compile.ts";
import { initCommand } from "./init.ts";
import { runProgram } from "./program.ts";

const program = new Command("bailiwick")
  .description("Systems written with Bailiwick")
  .version(library.version)
  .addCommand(initCommand())
  .addCommand(compileCommand());

await runProgram(program, Deno.args, (error) => {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
});
