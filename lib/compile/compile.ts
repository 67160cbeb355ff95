/**
 * Making the executable of a system: the official deno, the bundled program and all files that its
 * modules name, behind a small launcher (native/launcher).
 *
 * @module
 */
import { basename, dirname, resolve } from "node:path/posix";
import { type AssetArch, readNative } from "../assets/mod.ts";
import { type PackedContent, readContents } from "./contents.ts";
import { pack, writeExecutable } from "./pack.ts";
import { officialDeno } from "../bundle/mod.ts";

const LONGEST_TITLE = 40;

/** What {@linkcode compile} is told. */
export interface CompileOptions {
  /** Where the executable goes; its directory is made. Its base name is what `ps` shows. */
  readonly output: string;
  /** The machine that it is for. @default this one */
  readonly arch?: AssetArch;
}

/** A file that is in an executable. */
export interface CompiledFile {
  /** The path that it was read from. */
  readonly source: string;
  /** Bytes when unpacked. */
  readonly size: number;
  /** Bytes in the executable. */
  readonly stored: number;
}

/** An executable that was made. */
export interface Compiled {
  /** Its absolute path. */
  readonly path: string;
  readonly arch: AssetArch;
  /** Bytes. */
  readonly size: number;
  readonly files: readonly CompiledFile[];
}

/** Named in a function, so that only programs that compile carry them. */
function launcher(arch: AssetArch): URL {
  return arch === "aarch64"
    ? new URL("../../dist/native/aarch64/launcher", import.meta.url)
    : new URL("../../dist/native/x86_64/launcher", import.meta.url);
}

/**
 * Makes one file that runs a program on a machine that has none of what it was made from.
 *
 * In it are the program, bundled, with all that it imports; the deno that runs this; and each file that
 * one of the modules names as `new URL("./file", import.meta.url)` with the whole path as a literal:
 * the native programs of packages for hosts of every architecture, for example. A module that is named
 * so is bundled. Equal sources make equal bytes. It needs Linux with glibc; it is run with all
 * permissions, and its arguments are the program's.
 *
 * @param main The program's first module.
 * @throws {TypeError} If the architecture is none that there are executables for.
 * @throws {Error} If the program cannot be bundled, a file that it names is missing or empty, or deno for
 * another machine cannot be had from npm.
 *
 * @example
 * ```ts
 * import { compile } from "bailiwick/compile";
 *
 * const { path, size } = await compile("./main.ts", { output: "./dist/shop" });
 * console.log(`${path} has ${size} bytes`);
 * ```
 */
export async function compile(main: string, options: CompileOptions): Promise<Compiled> {
  const { arch = Deno.build.arch } = options;
  if (arch !== "x86_64" && arch !== "aarch64") {
    throw new TypeError(`Unknown architecture ${arch}: it is x86_64 or aarch64`);
  }
  const [module, path] = [resolve(main), resolve(options.output)];
  await Deno.stat(module).catch((cause) => {
    throw new Error(`Cannot compile ${module}: ${(cause as Error).message}`, { cause });
  });
  const contents = await readContents(module);
  const { from, bytes: deno } = await officialDeno(arch);
  const runtime: PackedContent = {
    name: `runtime/${titleOf(path)}`,
    source: from,
    content: deno,
    executable: true,
    isRuntime: true,
  };
  const files = [runtime, ...contents];
  const { bytes, entries } = pack(await readNative(launcher(arch)), files);
  await Deno.mkdir(dirname(path), { recursive: true });
  await writeExecutable(path, bytes);
  const sources = new Map(files.map(({ name, source }) => [name, source]));
  const packed = entries.map(({ name, ...sizes }) => ({ source: sources.get(name)!, ...sizes }));
  return { path, arch, size: bytes.length, files: packed.toSorted(bySource) };
}

/** What `ps` will show: the executable's own name, as far as a packed file can have it. */
function titleOf(path: string): string {
  return basename(path).replaceAll(/[^\w.-]|\.(?=\.)/g, "_").slice(0, LONGEST_TITLE);
}

function bySource(a: CompiledFile, b: CompiledFile): number {
  return a.source < b.source ? -1 : 1;
}
