/** Makes the single executable of the example, or of the program that is named. */
import { parseArgs } from "node:util";
import { basename, relative } from "node:path/posix";
import { compile } from "../lib/compile/mod.ts";
import type { AssetArch } from "../lib/assets/mod.ts";
import { ROOT } from "./sources.ts";

const USAGE = `Usage: deno task compile [MAIN] [-o FILE] [--arch x86_64|aarch64]

  MAIN         the program's first module (default: the example's main.ts)
  -o, --output where it goes (default: dist/bailiwick, or dist/bailiwick-ARCH for another machine)
  --arch       the machine that it is for (default: this one)`;

const mega = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      arch: { type: "string", default: Deno.build.arch },
      output: { type: "string", short: "o" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const [main = `${ROOT}/main.ts`, ...others] = positionals;
  if (others.length > 0) throw new TypeError(`More than one program is named: ${positionals}`);
  const arch = values.arch as AssetArch;
  const suffix = arch === Deno.build.arch ? "" : `-${arch}`;
  const output = values.output ?? `${ROOT}/dist/bailiwick${suffix}`;
  const { path, size, files } = await compile(main, { output, arch });
  console.log(`Made ${relative(Deno.cwd(), path) || basename(path)}: ${mega(size)}`);
  console.log("Inside it (bytes unpacked, bytes in the file):");
  for (const { source, size, stored } of files) {
    console.log(`${String(size).padStart(11)} ${String(stored).padStart(11)}  ${source}`);
  }
}

try {
  await run(Deno.args);
} catch (error) {
  console.error((error as Error).message);
  if (error instanceof TypeError) console.error(USAGE);
  Deno.exit(error instanceof TypeError ? 2 : 1);
}
