/** What goes into the executable: the bundled program and the built native files. @module */
import { type AssetArch, assetsRoot } from "../../lib/assets/mod.ts";
import type { PackedFile } from "./pack.ts";
import { run } from "./run.ts";

/** The directory of the repository. */
export const root = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");

const ARCHES: AssetArch[] = ["x86_64", "aarch64"];
const FFI = "libbailiwick_ffi.so"; /* loaded by the program itself, so of its architecture only */

async function readBuilt(name: string): Promise<Uint8Array> {
  return await Deno.readFile(`${assetsRoot}/${name}`).catch((cause) => {
    throw new Error(`Cannot read dist/native/${name}: run deno task build`, { cause });
  });
}

/** Reads the built launcher for `arch`. */
export async function readLauncher(arch: AssetArch): Promise<Uint8Array> {
  return await readBuilt(`${arch}/launcher`);
}

/** The daemons of the components: each folder with a `mod.ts` has one of its name. */
async function listDaemons(): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(`${root}/components`));
  const folders = entries.filter((entry) => entry.isDirectory).map((entry) => entry.name);
  const library = (name: string) => Deno.stat(`${root}/components/${name}/mod.ts`);
  const found = await Promise.allSettled(folders.map(library));
  return folders.filter((_, i) => found[i]?.status === "fulfilled");
}

/** The names below `dist/native` of what an executable for `target` carries, sorted. */
export async function listAssets(target: AssetArch): Promise<string[]> {
  const everywhere = ["agent", ...await listDaemons()];
  const names = ARCHES.flatMap((arch) => everywhere.map((name) => `${arch}/${name}`));
  return [...names, `${target}/${FFI}`].sort();
}

/** The same as files to pack. The target's own agent and FFI helper are hashed at each start. */
export async function readAssets(target: AssetArch): Promise<PackedFile[]> {
  const names = await listAssets(target);
  return await Promise.all(names.map(async (name) => ({
    name: `native/${name}`,
    content: await readBuilt(name),
    executable: true,
    hashAlways: name === `${target}/agent` || name.endsWith(".so"),
  })));
}

/** Bundles the program whose first module is `entry` into one file for a packed executable. */
export async function bundle(entry: string): Promise<PackedFile> {
  const directory = await Deno.makeTempDir({ prefix: "bailiwick-compile-" });
  try {
    const out = `${directory}/program.js`;
    await run(Deno.execPath(), ["bundle", "--quiet", "-o", out, entry], root);
    const start = await Deno.readTextFile(new URL("start.js", import.meta.url));
    const text = (await Deno.readTextFile(out)).replace(/^#!.*\n/, "");
    const content = new TextEncoder().encode(`${start}\n${text}`);
    return { name: "program.js", content, hashAlways: true };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
