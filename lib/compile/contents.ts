/**
 * What an executable holds: the bundled program, and each file that one of its modules names. A module
 * that is named by a URL, such as a worker or a service in TypeScript, is bundled too, since the
 * executable has neither a bundler nor the modules that it imports.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, dirname, relative } from "node:path/posix";
import { bundle, type Bundled, type NamedFile } from "./bundle.ts";
import type { PackedFile } from "./pack.ts";
import { FILE_FUNCTION, PREAMBLE } from "./start.ts";

/** A file of an executable, and which file it is a copy of or was made from. */
export interface Content extends PackedFile {
  readonly source: string;
}

const MODULE = /\.[cm]?[jt]sx?$/;
/** What the program loads into its own process, or becomes its agent. */
const OWN = /\.so(\.\d+)*$|\/agent$/;
const LONGEST_NAME = 40;

const encode = (text: string) => new TextEncoder().encode(text);

/** Names of files in the executable: from their paths, so that equal trees make equal executables. */
class Names {
  readonly #directory: string;

  constructor(main: string) {
    this.#directory = dirname(main);
  }

  of(path: string): string {
    const hash = createHash("sha256").update(relative(this.#directory, path)).digest("hex");
    const base = basename(path).replace(MODULE, ".js").replaceAll(/[^\w.-]|^[.-]|\.(?=\.)/g, "_");
    return `files/${hash.slice(0, 10)}/${base.slice(-LONGEST_NAME)}`;
  }
}

/**
 * Reads them; the first is the program.
 *
 * @param main The path of the program's first module, absolute.
 * @throws {Error} If something cannot be bundled or read.
 */
export async function readContents(main: string): Promise<Content[]> {
  const names = new Names(main);
  const program = await bundleOne(main);
  const place = (path: string) => `${FILE_FUNCTION}(${JSON.stringify(names.of(path))})`;
  const contents: Content[] = [{
    name: "program.js",
    source: main,
    content: encode(PREAMBLE + withoutShebang(program.code(place))),
    hashAlways: true,
  }];
  const seen = new Set<string>();
  const todo = [...program.files];
  for (const file of todo) {
    if (seen.has(file.path)) continue;
    seen.add(file.path);
    const { content, files } = await contentOf(file, names);
    todo.push(...files);
    const { mode } = await Deno.stat(file.path);
    contents.push({
      name: names.of(file.path),
      source: file.path,
      content,
      executable: ((mode ?? 0) & 0o111) !== 0,
      hashAlways: OWN.test(file.path),
    });
  }
  return contents;
}

async function contentOf(
  { path, module }: NamedFile,
  names: Names,
): Promise<{ content: Uint8Array; files: readonly NamedFile[] }> {
  if (MODULE.test(path)) {
    const bundled = await bundleOne(path);
    const place = (other: string) =>
      `new URL(${JSON.stringify(`../../${names.of(other)}`)}, import.meta.url)`;
    return { content: encode(withoutShebang(bundled.code(place))), files: bundled.files };
  }
  const content = await Deno.readFile(path);
  if (content.length > 0) return { content, files: [] };
  throw new Error(`Cannot pack ${path}, which ${module} names: it is empty`);
}

async function bundleOne(path: string): Promise<Bundled> {
  const [bundled] = await bundle([path]);
  if (bundled) return bundled;
  throw new Error(`Cannot bundle ${path}: the bundler made nothing of it`);
}

function withoutShebang(code: string): string {
  return code.replace(/^#!.*\n/, "");
}
