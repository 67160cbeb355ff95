/**
 * Makes `dist/bailiwick`, the single executable: by `deno compile` where that can be had, else by
 * packing the official deno, the bundled program and the native files behind native/launcher.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { AssetArch } from "../lib/assets/mod.ts";
import { bundle, listAssets, readAssets, readLauncher, root } from "./compile/contents.ts";
import { compileByDeno } from "./compile/denort.ts";
import { pack, type PackedEntry, writeExecutable } from "./compile/pack.ts";
import { officialDeno } from "./compile/runtime.ts";

const USAGE =
  `Usage: deno task compile [--arch x86_64|aarch64] [--out FILE] [--entry MODULE] [--pack]

  --arch   the machine that it is for (default: this one)
  --out    where it goes (default: dist/bailiwick, or dist/bailiwick-ARCH for another machine)
  --entry  the program's first module (default: main.ts)
  --pack   do not try deno compile first`;

interface Options {
  arch: AssetArch;
  out: string;
  entry: string;
  pack: boolean;
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      arch: { type: "string", default: Deno.build.arch },
      out: { type: "string" },
      entry: { type: "string", default: `${root}/main.ts` },
      pack: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    Deno.exit(0);
  }
  const { arch, entry } = values;
  if (arch !== "x86_64" && arch !== "aarch64") {
    throw new TypeError(`Unknown architecture ${arch}: it is x86_64 or aarch64`);
  }
  const suffix = arch === Deno.build.arch ? "" : `-${arch}`;
  return { arch, entry, pack: values.pack, out: values.out ?? `${root}/dist/bailiwick${suffix}` };
}

const mega = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

function describe(entries: PackedEntry[]): void {
  const width = Math.max(...entries.map((entry) => entry.name.length));
  for (const { name, size, stored } of entries) {
    console.log(
      `  ${name.padEnd(width)} ${String(size).padStart(11)} ${String(stored).padStart(11)}`,
    );
  }
}

async function packExecutable({ arch, entry, out }: Options): Promise<void> {
  const content = await officialDeno(arch);
  const files = [
    { name: "bailiwick", content, executable: true },
    await bundle(entry),
    ...await readAssets(arch),
  ];
  const { bytes, entries } = pack(await readLauncher(arch), files);
  await writeExecutable(out, bytes);
  console.log(`Made ${out} by packing deno ${Deno.version.deno}: ${mega(bytes.length)}`);
  console.log("Inside it (bytes unpacked, bytes in the file):");
  describe(entries);
}

async function compile(options: Options): Promise<void> {
  const { arch, out, entry } = options;
  await Deno.mkdir(new URL(".", `file://${await absolute(out)}`).pathname, { recursive: true });
  const why = options.pack ? "--pack was given" : await compileByDeno(entry, arch, out);
  if (why !== undefined) {
    console.log(`Not by deno compile: ${why}`);
    return await packExecutable(options);
  }
  console.log(`Made ${out} by deno compile: ${mega((await Deno.stat(out)).size)}`);
  console.log(`Inside it: the program, and\n  ${(await listAssets(arch)).join("\n  ")}`);
}

async function absolute(path: string): Promise<string> {
  return path.startsWith("/") ? path : `${await Deno.realPath(".")}/${path}`;
}

try {
  const options = readOptions(Deno.args);
  await compile({ ...options, out: await absolute(options.out) });
} catch (error) {
  console.error(`Cannot compile: ${(error as Error).message}`);
  if (error instanceof TypeError) console.error(USAGE);
  Deno.exit(error instanceof TypeError ? 2 : 1);
}
