/** Bundling a program, and finding the files that its modules name. @module */
import { dirname, resolve } from "node:path/posix";
import { filePath, fileUrl } from "../assets/mod.ts";
import { type Reference, referencesIn, replaced } from "./references.ts";
import { run } from "./run.ts";
import type { SourceMap } from "./source_map.ts";

/** A file that a bundle's modules name. */
export interface NamedFile {
  readonly url: URL;
  /** The module that names it. */
  readonly module: URL;
}

/** One file that the bundler made. */
export interface Bundled {
  /** Below the bundler's directory. */
  readonly name: string;
  readonly files: readonly NamedFile[];
  /** The modules that it was made from, as far as they are files. */
  readonly sources: readonly URL[];
  /** Where its code is from; the columns behind a reference are those before it was replaced. */
  readonly map: SourceMap;
  /** The code, in which each file is at the URL that `place` gives an expression for. */
  code(place: (url: URL) => string): string;
}

/**
 * Bundles the modules that begin with `entries`: each into a file, and what several share into more.
 *
 * @throws {Error} If they cannot be bundled, or a file that one of them names is missing.
 */
export async function bundle(entries: readonly string[]): Promise<Bundled[]> {
  const directory = await Deno.makeTempDir({ prefix: "bailiwick-bundle-" });
  const paths = entries.map((entry) => resolve(entry));
  const split = entries.length > 1 ? ["--code-splitting"] : [];
  const options = [
    "--quiet",
    "--allow-import",
    "--sourcemap",
    "external",
    ...split,
    "--outdir",
    directory,
  ];
  try {
    await run(
      `Cannot bundle ${paths.join(", ")}`,
      [Deno.execPath(), "bundle", ...options, ...paths],
      dirname(paths[0]!),
    );
    return await Array.fromAsync(scripts(directory), (name) => read(directory, name));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function* scripts(directory: string, below = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(`${directory}/${below}`)) {
    if (isDirectory) yield* scripts(directory, `${below}${name}/`);
    else if (name.endsWith(".js")) yield `${below}${name}`;
  }
}

async function read(directory: string, name: string): Promise<Bundled> {
  const path = `${directory}/${name}`;
  const text = await Deno.readTextFile(path);
  const map: SourceMap = JSON.parse(await Deno.readTextFile(`${path}.map`));
  const base = fileUrl(path);
  const sources = map.sources.map((source) => new URL(source, base));
  const references = referencesIn(text, map, base);
  const named = new Set<Reference>();
  for (const reference of references) if (await isFile(reference)) named.add(reference);
  return {
    name,
    files: Array.from(named, ({ module, target }) => ({ module, url: target })),
    sources: sources.filter(({ protocol }) => protocol === "file:"),
    map: { ...map, sources: sources.map(({ href }) => href) },
    code: (place) =>
      replaced(text, references, (reference) => {
        return named.has(reference) ? place(reference.target) : undefined;
      }),
  };
}

/** Whether a file is meant; a directory, or what has nothing to do with its module, stays as it is. */
async function isFile({ target, module }: Reference): Promise<boolean> {
  if (target.pathname.endsWith("/")) return false;
  if (target.protocol !== "file:") return target.origin === module.origin;
  try {
    return (await Deno.stat(target)).isFile;
  } catch (cause) {
    const isMissing = cause instanceof Deno.errors.NotFound;
    // Other people's packages name files that they do not come with.
    const isOurs = !/\/node_modules\/(?!bailiwick\/)/.test(module.pathname);
    if (isMissing && !isOurs) return false;
    const why = isMissing ? "there is no such file; build it first" : (cause as Error).message;
    throw new Error(`Cannot read ${shown(target)}, which ${shown(module)} names: ${why}`, {
      cause,
    });
  }
}

/** What a URL is called: a file by its path. */
export function shown(url: URL): string {
  return url.protocol === "file:" ? filePath(url) : url.href;
}
