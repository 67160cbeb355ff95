/** The repository's files, for the scripts that check them. */
import { relative } from "node:path/posix";
import { fileURLToPath } from "node:url";

/** The repository, without a slash at the end. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** Folders that hold no sources. */
const OTHERS = new Set(["dist", "node_modules"]);

/** Paths under `folder`, relative to the repository, that end in `extension`; none if it is missing. */
export function* sources(folder: string, extension: string): Generator<string> {
  const directory = `${ROOT}/${folder}`;
  for (const { name, isDirectory } of entries(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory && !OTHERS.has(name) && !name.startsWith(".")) {
      yield* sources(relative(ROOT, path), extension);
    } else if (!isDirectory && name.endsWith(extension)) {
      yield relative(ROOT, path);
    }
  }
}

function entries(directory: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(directory)].sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** All files below a directory, hidden ones, too, relative to it. */
export function filesBelow(directory: string): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) => {
    if (!isDirectory) return [name];
    return filesBelow(`${directory}/${name}`).map((path) => `${name}/${path}`);
  });
}
