/** `bailiwick init DIR`: a small system of the user's own, which runs and can be tested at once. */
import { basename, dirname, resolve } from "node:path/posix";
import { Command } from "commander";
import config from "../../deno.json" with { type: "json" };
import { Command as CommandLine } from "../thread/mod.ts";
import { type Library, ownLibrary } from "./library.ts";
import { templateFiles } from "./template.ts";

/** The command, for a program that has it. */
export function initCommand(): Command {
  return new Command("init")
    .description("make a small system, to begin one's own with")
    .argument("<dir>", "a new directory for it, or an empty one")
    .addHelpText("after", "\nExample:\n  bailiwick init shop")
    .action(async (name: string) => {
      const directory = resolve(name);
      const { runner } = await init(directory);
      const cd = directory === Deno.cwd() ? "" : `  ${new CommandLine("cd", [name])}\n`;
      console.log(`Made a system in ${name}; its README.md says what is in it. Begin with:\n`);
      console.log(`${cd}  ${runner} task up\n  ${runner} task test`);
    });
}

/**
 * Makes a system in a directory. What it has written is removed again if it fails.
 *
 * @param directory Absolute. It is made; or it is empty, but for the npm package and what npm adds.
 * @throws {Error} If there is something in the directory, its parent is missing, or it cannot be written.
 */
export async function init(directory: string): Promise<Library> {
  const library = await ownLibrary();
  try {
    const found = await entriesOf(directory);
    const inTheWay = found?.filter((name) => !library.allowed.includes(name)) ?? [];
    if (inTheWay.length > 0) throw new Error(notEmpty(inTheWay));
    await fill(directory, found, library);
    return library;
  } catch (cause) {
    throw new Error(`Cannot make a system in ${directory}: ${reasonOf(cause, directory)}`, {
      cause,
    });
  }
}

async function fill(
  directory: string,
  found: readonly string[] | undefined,
  library: Library,
): Promise<void> {
  if (found === undefined) await Deno.mkdir(directory);
  try {
    for (const [path, text] of await filesOf(directory, library)) {
      await Deno.mkdir(dirname(`${directory}/${path}`), { recursive: true });
      await Deno.writeTextFile(`${directory}/${path}`, text, { createNew: true });
    }
    await library.install(directory);
  } catch (error) {
    await undo(directory, found);
    throw error;
  }
}

async function filesOf(directory: string, library: Library): Promise<Map<string, string>> {
  const { imports, deno, runner } = library;
  const { compilerOptions, fmt } = config;
  const setup = `${deno} run -A setup.ts`;
  const tasks = {
    up: `${setup} && ${deno} run -A main.ts up`,
    test: `${setup} && ${deno} test -A`,
  };
  // A name that a shell's function can have, as completions need it.
  const files = await templateFiles(basename(directory).replaceAll(/[^\w-]/g, "_") || "system");
  files.set("README.md", files.get("README.md")!.replaceAll(/^deno task/gm, `${runner} task`));
  files.set("deno.json", `${JSON.stringify({ tasks, imports, compilerOptions, fmt }, null, 2)}\n`);
  files.set(".gitignore", "node_modules/\ndata/\n");
  return files;
}

/** What is in a directory, or nothing if there is none. */
async function entriesOf(directory: string): Promise<string[] | undefined> {
  try {
    return await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function undo(directory: string, found: readonly string[] | undefined): Promise<void> {
  if (found === undefined) return await Deno.remove(directory, { recursive: true });
  for (const name of await entriesOf(directory) ?? []) {
    if (!found.includes(name)) await Deno.remove(`${directory}/${name}`, { recursive: true });
  }
}

function notEmpty(names: readonly string[]): string {
  const [first, ...more] = names.toSorted();
  const others = more.length === 0 ? "" : ` and ${more.length} more`;
  return `it is not empty, but has ${first}${others} in it; name a new directory`;
}

function reasonOf(error: unknown, directory: string): string {
  if (error instanceof Deno.errors.NotADirectory) return "it is, or is in, what is no directory";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotFound) {
    return `there is no directory ${dirname(directory)}; make it first`;
  }
  return (error as Error).message;
}
