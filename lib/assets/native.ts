/**
 * The library's own native files.
 *
 * Each is named by `new URL("...", import.meta.url)` with the whole path as a literal: that is how
 * `lib/compile` and `deno task pack` find what belongs to a module, and give it a place beside their
 * bundle. The build puts the files into `dist/native` of the repository.
 *
 * @module
 */
import { AssetError, filePath, readAsset, unreadable } from "./file.ts";

/** The machines that there are native files for, named as `uname -m` names them. */
export type AssetArch = "x86_64" | "aarch64";

const AGENTS: Readonly<Record<AssetArch, URL>> = {
  x86_64: new URL("../../dist/native/x86_64/agent", import.meta.url),
  aarch64: new URL("../../dist/native/aarch64/agent", import.meta.url),
};

const HELPERS: Readonly<Record<AssetArch, URL>> = {
  x86_64: new URL("../../dist/native/x86_64/libbailiwick_ffi.so", import.meta.url),
  aarch64: new URL("../../dist/native/aarch64/libbailiwick_ffi.so", import.meta.url),
};

const isFile = ({ protocol }: URL) => protocol === "file:";

/**
 * Reads one of the library's own files.
 *
 * @throws {AssetError} If it is not there: then it was not built; or it cannot be read.
 */
export async function readNative(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readAsset(url);
  } catch (error) {
    throw isFile(url) ? withRemedy(error) : error;
  }
}

/**
 * The path of one of the library's own files, for what must open it itself.
 *
 * @throws {AssetError} If it is not there: then it was not built.
 */
export function nativePath(url: URL): string {
  const path = filePath(url);
  try {
    Deno.statSync(path);
    return path;
  } catch (cause) {
    throw withRemedy(unreadable(path, cause));
  }
}

/** What is missing can be built. */
function withRemedy(error: unknown): unknown {
  if (!(error instanceof AssetError) || !error.isMissing) return error;
  const repository = filePath(new URL("../..", import.meta.url));
  const message = `${error.message}; run deno task build in ${repository}`;
  return new AssetError(message, { cause: error, isMissing: true });
}

/**
 * The agent for an architecture.
 *
 * @throws {AssetError} If it was not built.
 */
export async function readAgent(arch: AssetArch): Promise<Uint8Array<ArrayBuffer>> {
  return await readNative(AGENTS[arch]);
}

/** The helper for Deno's FFI. */
export const HELPER: URL = HELPERS[Deno.build.arch];
