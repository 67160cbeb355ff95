/**
 * The files that modules name by URLs, as they are where there is neither a bundler nor their sources. A
 * module that is named so, such as a worker or a service in TypeScript, is bundled; what its modules name
 * comes with it.
 *
 * Their names are the same wherever they are put, and a bundle reaches others by these. Its first line is
 * its {@linkcode Label}, which says later what belongs to it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, relative } from "node:path/posix";
import { readAsset } from "../assets/mod.ts";
import { bundle, type Bundled, type NamedFile, shown } from "./bundle.ts";
import { labelLine } from "./label.ts";
import { mapLine } from "./source_map.ts";

/** A file, and which one it is a copy of or was made from. */
export interface Content {
  /** Relative, of `[A-Za-z0-9._/-]`, at most 63 characters. */
  readonly name: string;
  readonly source: string;
  readonly content: Uint8Array;
  readonly executable: boolean;
}

const MODULE = /\.[cm]?[jt]sx?$/;
const LONGEST_NAME = 40;

/** Names of files: from their places below a directory, so that equal trees have equal names. */
export class FileNames {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** What a source is called, wherever its directory is. */
  source(url: URL): string {
    return url.protocol === "file:" ? relative(this.#directory, shown(url)) : url.href;
  }

  of(url: URL): string {
    const path = this.source(url);
    const hash = createHash("sha256").update(path).digest("hex");
    const base = basename(path).replace(MODULE, ".js").replaceAll(/[^\w.-]|^[.-]|\.(?=\.)/g, "_");
    return `files/${hash.slice(0, 10)}/${base.slice(-LONGEST_NAME)}`;
  }
}

/**
 * Reads files, and all that modules among them name, each once.
 *
 * @throws {Error} If one cannot be bundled or read, or is empty.
 */
export async function readFiles(
  files: readonly NamedFile[],
  names: FileNames,
): Promise<{ contents: Content[]; sources: URL[] }> {
  const [contents, sources]: [Content[], URL[]] = [[], []];
  const seen = new Set<string>();
  const todo = [...files];
  for (const file of todo) {
    const { url } = file;
    if (seen.has(url.href)) continue;
    seen.add(url.href);
    const { content, named, from } = await readOne(file, names);
    const executable = await isExecutable(url);
    contents.push({ name: names.of(url), source: shown(url), content, executable });
    sources.push(...from);
    todo.push(...named);
  }
  return { contents, sources };
}

/** One file: its content, the files that it names, and what it was made from. */
interface One {
  readonly content: Uint8Array;
  readonly named: readonly NamedFile[];
  readonly from: readonly URL[];
}

async function readOne({ url, module }: NamedFile, names: FileNames): Promise<One> {
  if (MODULE.test(url.pathname) && url.protocol === "file:") {
    const bundled = await bundleOne(shown(url));
    const place = (other: URL) =>
      `new URL(${JSON.stringify(`../../${names.of(other)}`)}, import.meta.url)`;
    const label = { name: names.of(url), files: bundled.files.map(({ url }) => names.of(url)) };
    const code = bundled.code(place);
    const own = withoutShebang(code);
    const added = own === code ? 1 : 0;
    const map = mapLine(bundled.map, added, (source) => names.source(source));
    const content = new TextEncoder().encode(labelLine(label) + own + map);
    return { content, named: bundled.files, from: bundled.sources };
  }
  const content = await readAsset(url);
  if (content.length > 0) return { content, named: [], from: [url] };
  throw new Error(`Cannot pack ${shown(url)}, which ${shown(module)} names: it is empty`);
}

async function isExecutable(url: URL): Promise<boolean> {
  if (url.protocol !== "file:") return false;
  return (((await Deno.stat(url)).mode ?? 0) & 0o111) !== 0;
}

/**
 * Bundles one module into one file.
 *
 * @throws {Error} If it cannot be bundled.
 */
export async function bundleOne(path: string): Promise<Bundled> {
  const [bundled] = await bundle([path]);
  if (bundled) return bundled;
  throw new Error(`Cannot bundle ${path}: the bundler made nothing of it`);
}

/** A program's code as it can follow other lines. */
export function withoutShebang(code: string): string {
  return code.replace(/^#!.*\n/, "");
}
