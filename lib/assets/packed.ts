/** The files of the executable that runs this, by their names; see lib/compile/start.ts. @module */

/** The name of the symbol by which the executable's first lines leave the function that finds files. */
export const PACKED_FILES = "bailiwick.files";

/** The name of the symbol by which they leave the executable's path. */
export const EXECUTABLE = "bailiwick.executable";

/** Whether this program is an executable that `compile` made: then it has no bundler and no sources. */
export const isExecutable: boolean = Symbol.for(PACKED_FILES) in globalThis;

/**
 * The URL of a file of this executable.
 *
 * @throws {Error} If this is no executable.
 */
export function packedFile(name: string): URL {
  const find = Reflect.get(globalThis, Symbol.for(PACKED_FILES));
  if (typeof find === "function") return find(name);
  throw new Error(`Cannot find ${name}: only an executable that compile made has files by name`);
}

/** The path of the executable that runs this, as it was when it was started; nothing if it is none. */
export function executablePath(): string | undefined {
  const path = Reflect.get(globalThis, Symbol.for(EXECUTABLE));
  return typeof path === "string" ? path : undefined;
}
