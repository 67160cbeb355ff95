/**
 * The files of a script: its bundle, and what its modules name by URLs. From source it is bundled by the
 * program's deno; in an executable that was done when it was compiled, and its label says what belongs to
 * it. A bundle is kept, and made again when a module or file that it was made from was written since.
 */
import { dirname } from "node:path/posix";
import { assetStamp, filePath, packedFile, readAsset } from "../assets/mod.ts";
import { FileNames, type Label, labelOf, readFiles } from "../bundle/mod.ts";
import type { PackageFile } from "../packages/mod.ts";

/** A script as it is sent. */
export interface ScriptFiles {
  /** The path of its first module in it. */
  readonly main: string;
  readonly files: readonly PackageFile[];
}

interface Made {
  readonly script: ScriptFiles;
  /** What it was made from, and as that was then. */
  readonly sources: readonly URL[];
  readonly stamps: readonly string[];
}

const known = new Map<string, Promise<Made>>();
const latest = new Map<string, Made>();

/** The files that scripts were made from, each with its stamp of that time. */
export function scriptSources(): (readonly [URL, string])[] {
  return [...latest.values()].flatMap(({ sources, stamps }) =>
    sources.map((url, index) => [url, stamps[index]!] as const)
  );
}

/**
 * Reads a script, and bundles it if that is to be done.
 *
 * @throws {AssetError} If the module is not there.
 * @throws {Error} If it cannot be bundled.
 */
export async function readScript(module: URL): Promise<ScriptFiles> {
  const path = filePath(module);
  const before = await known.get(path)?.catch(() => undefined);
  if (before && `${before.stamps}` === `${await stampsOf(before.sources).catch(() => undefined)}`) {
    return before.script;
  }
  const making = make(module);
  known.set(path, making);
  const made = await making;
  latest.set(path, made);
  return made.script;
}

async function make(module: URL): Promise<Made> {
  const code = await readAsset(module);
  const label = labelOf(code);
  if (label) return await fromExecutable(module, code, label);
  const { contents, sources } = await readFiles(
    [{ url: module, module }],
    new FileNames(dirname(filePath(module))),
  );
  const files = contents.map(({ name, content, executable }) => fileOf(name, content, executable));
  return await made(files, sources);
}

async function fromExecutable(
  module: URL,
  code: Uint8Array,
  { name, files }: Label,
): Promise<Made> {
  const found = new Map([[name, fileOf(name, code, false)]]);
  const todo = [...files];
  for (const file of todo) {
    if (found.has(file)) continue;
    const url = packedFile(file);
    const content = await readAsset(url);
    const { mode } = await Deno.stat(url);
    found.set(file, fileOf(file, content, ((mode ?? 0) & 0o111) !== 0));
    todo.push(...labelOf(content)?.files ?? []);
  }
  const sources = [module];
  return await made([...found.values()], sources);
}

/** The first of the files is the script's. Node.js is told that they are modules. */
async function made(files: readonly PackageFile[], sources: readonly URL[]): Promise<Made> {
  const manifest = fileOf("package.json", new TextEncoder().encode(`{"type":"module"}\n`), false);
  const script = { main: files[0]!.path, files: [...files, manifest] };
  return { script, sources, stamps: await stampsOf(sources) };
}

function fileOf(path: string, content: Uint8Array, executable: boolean): PackageFile {
  return { path, content, mode: executable ? 0o755 : 0o644 };
}

async function stampsOf(urls: readonly URL[]): Promise<string[]> {
  return await Promise.all(urls.map(assetStamp));
}
