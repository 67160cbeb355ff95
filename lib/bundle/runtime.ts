/**
 * The official deno for a machine: the one that runs this for its own, and the one of the same
 * version from npm for another.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { AssetArch } from "../assets/mod.ts";
import { run } from "./run.ts";

const PACKAGES: Record<AssetArch, string> = {
  x86_64: "@deno/linux-x64-glibc",
  aarch64: "@deno/linux-arm64-glibc",
};
const ELF_MACHINES: Record<AssetArch, number> = { x86_64: 62, aarch64: 183 };

function checkMachine(deno: Uint8Array, arch: AssetArch, path: string): void {
  const view = new DataView(deno.buffer, deno.byteOffset);
  const isElf = deno.length > 64 && view.getUint32(0) === 0x7f454c46;
  if (isElf && view.getUint16(18, true) === ELF_MACHINES[arch]) return;
  throw new Error(`Cannot use ${path}: it is not a Linux program for ${arch}`);
}

/** Fetches a package of npm into `directory` and gives its file's path, with the hash npm names. */
async function fetchPackage(name: string, directory: string): Promise<string> {
  const failure = `Cannot fetch ${name} from npm`;
  const integrity = await run(failure, ["npm", "view", name, "dist.integrity"], directory);
  const packed = await run(failure, ["npm", "pack", "--silent", name], directory);
  const file = packed.split("\n").at(-1);
  const path = `${directory}/${file}`;
  const hash = createHash("sha512").update(await Deno.readFile(path)).digest("base64");
  if (integrity !== `sha512-${hash}`) {
    throw new Error(`Cannot use ${name}: its hash is sha512-${hash}, and npm names ${integrity}`);
  }
  return path;
}

async function fetchDeno(arch: AssetArch): Promise<Uint8Array> {
  const directory = await Deno.makeTempDir({ prefix: "bailiwick-compile-" });
  try {
    const file = await fetchPackage(`${PACKAGES[arch]}@${Deno.version.deno}`, directory);
    await run(`Cannot unpack ${file}`, ["tar", "-xzf", file, "package/deno"], directory);
    return await Deno.readFile(`${directory}/package/deno`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** A deno, and where it is from. */
export interface Runtime {
  readonly from: string;
  readonly bytes: Uint8Array;
}

/**
 * deno for `arch`, of the version that runs this.
 *
 * @throws {Error} If npm does not have it, or what it has is not what it says.
 */
export async function officialDeno(arch: AssetArch): Promise<Runtime> {
  if (arch === Deno.build.arch) {
    const from = Deno.execPath();
    return { from, bytes: await Deno.readFile(from) };
  }
  const from = `${PACKAGES[arch]}@${Deno.version.deno}`;
  const bytes = await fetchDeno(arch);
  checkMachine(bytes, arch, from);
  return { from, bytes };
}
