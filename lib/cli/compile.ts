/** `bailiwick compile MAIN -o FILE`: the executable of a system. */
import { Command, Option } from "commander";
import type { AssetArch } from "../assets/mod.ts";
import { compile, type Compiled } from "../compile/mod.ts";
import { table } from "../tools/mod.ts";

interface Flags {
  readonly output: string;
  readonly arch: AssetArch;
  readonly json?: boolean;
}

/** The command, for a program that has it. */
export function compileCommand(): Command {
  const arch = new Option("--arch <arch>", "the machine that it is for")
    .choices(["x86_64", "aarch64"]).default(Deno.build.arch);
  return new Command("compile")
    .description("make one file of a program, which runs where there is nothing else")
    .argument("<main>", "the program's first module")
    .requiredOption("-o, --output <file>", "where the executable goes")
    .addOption(arch)
    .option("--json", "print what was made as one line of JSON")
    .addHelpText("after", "\nExample:\n  bailiwick compile main.ts -o dist/shop")
    .action(run);
}

async function run(main: string, { output, arch, json }: Flags): Promise<void> {
  const compiled = await compile(main, { output, arch });
  console.log(json ? JSON.stringify(compiled) : shown(compiled));
}

function shown({ path, size, files }: Compiled): string {
  const rows = files.map(({ source, size, stored }) => [source, `${size}`, `${stored}`]);
  const made = `Made ${path}: ${(size / 1e6).toFixed(1)} MB`;
  return `${made}\n\n${table(["INSIDE IT", "BYTES", "IN THE FILE"], rows)}`;
}
