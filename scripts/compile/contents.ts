/** What goes into the executable: the bundled program and the built native files. @module */
import { type AssetArch, assetsRoot } from "../../lib/assets/mod.ts";
import type { PackedFile } from "./pack.ts";
import { run } from "./run.ts";

/** The directory of the repository. */
export const root = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");

const ARCHES: AssetArch[] = ["x86_64", "aarch64"];
/** Built, but for the build and the tests only. */
const NOT_PACKED = /^(launcher|relay|.*bench.*|.*[._-]asan|.*\.new)$/;

/** Reads the built launcher for `arch`. */
export async function readLauncher(arch: AssetArch): Promise<Uint8Array> {
  return await Deno.readFile(`${assetsRoot}/${arch}/launcher`).catch((cause) => {
    throw new Error(`Cannot read the launcher for ${arch}: run deno task build`, { cause });
  });
}

async function listArch(arch: AssetArch, target: AssetArch): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(`${assetsRoot}/${arch}`)) {
    const loadedElsewhere = entry.name.endsWith(".so") && arch !== target;
    if (entry.isFile && !NOT_PACKED.test(entry.name) && !loadedElsewhere) {
      names.push(`${arch}/${entry.name}`);
    }
  }
  return names;
}

/** The names below `dist/native` of what an executable for `target` carries, sorted. */
export async function listAssets(target: AssetArch): Promise<string[]> {
  const names = await Promise.all(ARCHES.map((arch) => listArch(arch, target)));
  return names.flat().sort();
}

/** The same as files to pack. The target's own agent and FFI helper are hashed at each start. */
export async function readAssets(target: AssetArch): Promise<PackedFile[]> {
  const names = await listAssets(target);
  return await Promise.all(names.map(async (name) => ({
    name: `native/${name}`,
    content: await Deno.readFile(`${assetsRoot}/${name}`),
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
