/**
 * The library as an npm package:
 *
 *     bin/       the command bailiwick
 *     lib/       the bundled library, an entry for each of deno.json's exports, and its declarations
 *     docs/      the pages of the repository
 *     native/    agents, FFI helpers, launchers and relays for both architectures
 *     templates/ the system that `init` makes
 *     web/       the script of the web page
 *     files/     what else the library's modules name by a URL
 *
 * The entries share their modules, so that a class is one class, whichever entry it is imported from.
 *
 * @module
 */
import { dirname, relative } from "node:path/posix";
import { bundle, type Bundled, run, shown } from "../../lib/bundle/mod.ts";
import config from "../../deno.json" with { type: "json" };
import { ROOT, sources } from "../sources.ts";
import { writeDeclarations } from "./declarations.ts";

const NATIVE = `${ROOT}/dist/native/`;
const COMMAND = `${ROOT}/lib/cli/bailiwick.ts`;
const BIN = "bin/bailiwick.js";

/** Where a file of the repository is in the package. */
function placeOf(path: string): string {
  if (path.startsWith(NATIVE)) return `native/${path.slice(NATIVE.length)}`;
  if (path.startsWith(`${ROOT}/dist/web/`)) return relative(`${ROOT}/dist`, path);
  if (path.startsWith(`${ROOT}/templates/`)) return relative(ROOT, path);
  return `files/${relative(`${ROOT}/lib`, path)}`;
}

/** Writes the package's files into an empty directory. */
export async function writePackage(directory: string): Promise<void> {
  const entries = Object.values(config.exports).map((entry) => `${ROOT}/${entry.slice(2)}`);
  for (const bundled of await bundle([...entries, COMMAND])) await writeBundled(directory, bundled);
  await writeDeclarations(entries, `${directory}/lib`);
  await Deno.writeTextFile(`${directory}/package.json`, `${JSON.stringify(manifest(), null, 2)}\n`);
  for (const page of [...sources("docs", ".md"), "LICENSE"]) {
    await copy(`${ROOT}/${page}`, `${directory}/${page}`);
  }
  for (const file of [BIN, "README.md"]) {
    await copy(`${ROOT}/scripts/pack/${file}`, `${directory}/${file}`);
  }
}

async function writeBundled(directory: string, { name, files, code }: Bundled): Promise<void> {
  const path = `lib/${name}`;
  await Deno.mkdir(`${directory}/${dirname(path)}`, { recursive: true });
  const text = code((url) => {
    const place = relative(dirname(path), placeOf(shown(url)));
    return `new URL(${JSON.stringify(place)}, import.meta.url)`;
  });
  await Deno.writeTextFile(`${directory}/${path}`, text);
  for (const { url } of files) await copy(shown(url), `${directory}/${placeOf(shown(url))}`);
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  await Deno.copyFile(from, to);
}

function manifest(): Record<string, unknown> {
  const exports = Object.entries(config.exports).map(([name, entry]) => {
    const base = entry.replace(/\.ts$/, "");
    return [name, { types: `${base}.d.ts`, default: `${base}.js` }];
  });
  return {
    name: "bailiwick",
    version: config.version,
    description: "A whole distributed system as one TypeScript program",
    license: config.license,
    type: "module",
    os: ["linux"],
    cpu: ["x64", "arm64"],
    exports: Object.fromEntries(exports),
    bin: { bailiwick: BIN },
    // Beside a package.json deno takes the types of node: modules from node_modules.
    dependencies: { deno: Deno.version.deno, "@types/node": versionOf("@types/node") },
  };
}

function versionOf(name: keyof typeof config.imports): string {
  return config.imports[name].split("@").at(-1)!;
}

/**
 * Packs it.
 *
 * @returns The path of the `.tgz`, in `output`.
 */
export async function packPackage(output: string): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "bailiwick-pack-" });
  try {
    await writePackage(directory);
    await Deno.mkdir(output, { recursive: true });
    const args = ["pack", "--silent", "--pack-destination", output];
    return `${output}/${await run("Cannot pack", ["npm", ...args], directory)}`;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
