/** The helper that runs inside the program's process; `native/ffi` documents each function. */
import { HELPER, nativePath, readAsset } from "../assets/mod.ts";
import { SyscallError } from "../agent/mod.ts";

const SYMBOLS = {
  bw_launch: {
    parameters: ["buffer", "u64", "buffer", "u64", "buffer", "u64", "i32", "u64"],
    result: "i32",
  },
  bw_wait: { parameters: ["i32", "buffer"], result: "i32", nonblocking: true },
  bw_batch: { parameters: ["buffer", "u32"], result: "i32" },
  bw_syscall: {
    parameters: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"],
    result: "i64",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** The loaded helper. */
export type Ffi = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

let loaded: Ffi | undefined = HELPER.protocol === "file:" ? undefined : await loadFetched();

/**
 * The helper, loaded on first use and kept for the life of the process.
 *
 * @throws {AssetError} If it was not built.
 */
export function ffi(): Ffi {
  return loaded ??= load(nativePath(HELPER));
}

function load(path: string): Ffi {
  return Deno.dlopen(path, SYMBOLS).symbols;
}

/** The helper of a library that came from the network. */
async function loadFetched(): Promise<Ffi> {
  const path = await Deno.makeTempFile({ prefix: "bailiwick-" });
  try {
    await Deno.writeFile(path, await readAsset(HELPER));
    return load(path);
  } finally {
    await Deno.remove(path);
  }
}

/** Throws when a helper returned a negative errno. */
export function checkFfi(result: number, syscall: string, what: string): number {
  if (result >= 0) return result;
  throw new SyscallError({ syscall, errno: -result, what, host: "local" });
}
