/** What this program is made of: one executable, or from sources what would be in one. */
import { createHash } from "node:crypto";
import { executablePath, filePath, isExecutable } from "../assets/mod.ts";

/** A file of a program. */
export interface ProgramFile {
  /** Relative. */
  readonly name: string;
  readonly content: Uint8Array;
  readonly executable: boolean;
}

/** All files of a program, and their name. */
export interface WholeProgram {
  readonly files: readonly ProgramFile[];
  /** Hexadecimal: of what is in the files. */
  readonly hash: string;
}

/** The file that is run, if a program is no executable. */
export const PROGRAM = "program.js";
/** The file that is run, if it is one. */
export const EXECUTABLE = "program";

/**
 * The program that runs this.
 *
 * @throws {Error} If it cannot be bundled, or its executable is gone.
 */
export async function thisProgram(): Promise<WholeProgram> {
  return wholeProgram(await filesOfThis());
}

/** A program of these files. */
export function wholeProgram(files: readonly ProgramFile[]): WholeProgram {
  const hash = createHash("sha256");
  for (const { name, content, executable } of files.toSorted((a, b) => a.name < b.name ? -1 : 1)) {
    hash.update(`${name}\0${content.length}\0${executable}\0`).update(content);
  }
  return { files, hash: hash.digest("hex").slice(0, 32) };
}

async function filesOfThis(): Promise<ProgramFile[]> {
  if (!isExecutable) return await bundled(filePath(new URL(Deno.mainModule)));
  const path = executablePath();
  if (path !== undefined) {
    return [{ name: EXECUTABLE, content: await Deno.readFile(path), executable: true }];
  }
  // A program that was kept when it was run from its sources is its own directory.
  return await readDirectory(filePath(new URL(".", Deno.mainModule)));
}

/** Loads the bundler, which no program is to wait for that does not keep itself. */
async function bundled(main: string): Promise<ProgramFile[]> {
  const { readContents } = await import("../compile/contents.ts");
  const contents = await readContents(main);
  return contents.map(({ name, content, executable = false }) => ({ name, content, executable }));
}

async function readDirectory(directory: string, below = ""): Promise<ProgramFile[]> {
  const files: ProgramFile[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${directory}/${below}`)) {
    const path = `${below}${name}`;
    if (isDirectory) files.push(...await readDirectory(directory, `${path}/`));
    else {
      const { mode } = await Deno.stat(`${directory}/${path}`);
      const content = await Deno.readFile(`${directory}/${path}`);
      files.push({ name: path, content, executable: (mode! & 0o100) !== 0 });
    }
  }
  return files;
}
