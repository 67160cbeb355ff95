/**
 * Where the program's own native files are: its agents, its FFI helper, the components' daemons.
 *
 * From source, and in an executable made by `deno compile`, they are `dist/native/ARCH/NAME` beside
 * `lib/`. In a packed executable the program is one bundled file, and they are `native/ARCH/NAME` beside
 * it, in the directory that the launcher unpacked and verified; or, where no directory could be had,
 * memory files of this process, listed in `BAILIWICK_MEMORY` (see native/launcher/memory.h).
 *
 * @module
 */

/** The machines that there are native files for, named as `uname -m` names them. */
export type AssetArch = "x86_64" | "aarch64";

const fromSource = new URL(import.meta.url).pathname.endsWith("/lib/assets/assets.ts");
const memory = readMemory();

/** The directory that holds the native files, one directory per architecture below it. */
export const assetsRoot: string = decodeURIComponent(
  new URL(fromSource ? "../../dist/native" : "native", import.meta.url).pathname,
);

function readMemory(): Map<string, string> {
  const listed = Deno.env.get("BAILIWICK_MEMORY");
  Deno.env.delete("BAILIWICK_MEMORY");
  const words = listed?.split(" ") ?? [];
  return new Map(words.map((word) => {
    const at = word.lastIndexOf("=");
    return [word.slice(0, at), `/proc/self/fd/${word.slice(at + 1)}`];
  }));
}

function missing(path: string, cause: unknown): Error {
  if (!(cause instanceof Deno.errors.NotFound)) {
    return new Error(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  const what = fromSource ? "run deno task build" : "the executable was made without it";
  return new Error(`Cannot read ${path}: there is no such file; ${what}`, { cause });
}

/**
 * The path of a native file, for what must open it itself, such as `dlopen`.
 *
 * It is not checked that the file exists. It may be below `/proc/self`, so it is for this process only.
 */
export function assetPath(arch: AssetArch, name: string): string {
  return memory.get(`native/${arch}/${name}`) ?? `${assetsRoot}/${arch}/${name}`;
}

/**
 * The bytes of a native file.
 *
 * @throws {Error} If there is no such file or it cannot be read; `cause` is what Deno threw.
 */
export async function asset(arch: AssetArch, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const path = assetPath(arch, name);
  try {
    return await Deno.readFile(path);
  } catch (cause) {
    throw missing(path, cause);
  }
}

/**
 * Something that is another one whenever a native file was built again.
 *
 * @throws {Error} If there is no such file.
 */
export async function assetBuild(arch: AssetArch, name: string): Promise<string> {
  const path = assetPath(arch, name);
  try {
    const { ino, size, mtime, ctime } = await Deno.stat(path);
    return `${ino} ${size} ${mtime?.getTime()} ${ctime?.getTime()}`;
  } catch (cause) {
    throw missing(path, cause);
  }
}

/** The same as {@linkcode asset}, at once. */
export function assetSync(arch: AssetArch, name: string): Uint8Array<ArrayBuffer> {
  const path = assetPath(arch, name);
  try {
    return Deno.readFileSync(path);
  } catch (cause) {
    throw missing(path, cause);
  }
}
