/**
 * The first lines of a packed program, before the bundle.
 *
 * They undo what the launcher had to do for deno's sake, so that this process and its children have the
 * user's own environment (native/launcher/deno.c). The caches lent for this run are open by then, and
 * nobody needs their names (caches.h). In memory (memory.h) the packed files are descriptors that came
 * through an execve; from here on they are closed by the next, and `ps` is told the name.
 */

import { EXECUTABLE, PACKED_FILES } from "../assets/mod.ts";

/** What the bundle finds the packed files by; it is in the scope of its module. */
export const FILE_FUNCTION = "bailiwickFile";

/**
 * Runs in the packed program, as text: it can use nothing that is outside of its braces.
 *
 * @param url The program's own.
 * @param executable The symbol under which it leaves the path of the executable.
 * @returns A function that gives the URL of a packed file by its name.
 */
function start(url: string, executable: symbol): (name: string) => URL {
  const unfolded = Deno.env.get("BAILIWICK_FOLD_CACHES");
  if (unfolded !== undefined) {
    const { DatabaseSync } = globalThis.process.getBuiltinModule("node:sqlite");
    for (const name of ["v8_code_cache_v2", "dep_analysis_cache_v2", "node_analysis_cache_v2"]) {
      const database = new DatabaseSync(`${unfolded}/${name}`);
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      database.close();
    }
    Deno.exit(0);
  }
  if (Deno.env.has("BAILIWICK_ONLY_COMPILE")) {
    // Deno keeps what it compiled when the program ends by itself, and less after Deno.exit().
    addEventListener("unhandledrejection", (event) => event.preventDefault());
    throw new Error("The program is compiled, and not run");
  }
  const caches = Deno.env.get("DENO_DIR") ?? "";
  if (caches.endsWith(`/run-${Deno.pid}`)) {
    const remove = () => {
      try {
        Deno.removeSync(caches, { recursive: true });
      } catch {
        /* gone, or deno just made a file there; a killed run's are removed by the next start */
      }
    };
    remove();
    addEventListener("unload", remove);
  }
  Reflect.set(globalThis, executable, Deno.env.get("BAILIWICK_EXECUTABLE"));
  const launchers = ["BAILIWICK_EXECUTABLE", "DENO_DIR", "DENO_NO_UPDATE_CHECK"];
  for (const name of [...launchers, "DENO_NO_PACKAGE_JSON"]) Deno.env.delete(name);
  const saved = "BAILIWICK_SAVED_";
  for (const [name, value] of Object.entries(Deno.env.toObject())) {
    if (!name.startsWith(saved)) continue;
    Deno.env.delete(name);
    Deno.env.set(name.slice(saved.length), value);
  }
  const memory = Deno.env.get("BAILIWICK_MEMORY");
  if (memory === undefined) return (name) => new URL(name, url);
  Deno.env.delete("BAILIWICK_MEMORY");
  const descriptors = new Map<string, string>();
  for (const [, name, fd] of memory.matchAll(/(\S+)=(\d+)/g)) descriptors.set(name!, fd!);
  const [F_SETFD, FD_CLOEXEC] = [2, 1];
  const libc = Deno.dlopen("libc.so.6", {
    fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  });
  for (const fd of descriptors.values()) libc.symbols.fcntl(Number(fd), F_SETFD, FD_CLOEXEC);
  libc.close();
  const [title] = Deno.readTextFileSync("/proc/self/cmdline").split("\0");
  Deno.writeTextFileSync("/proc/self/comm", title!.slice(0, 15));
  return (name) => new URL(`file:///proc/self/fd/${descriptors.get(name)}`);
}

/** The lines as they are written before a bundle: lib/assets/packed.ts finds files by the symbol. */
export const PREAMBLE = `const ${FILE_FUNCTION} = (${start})(import.meta.url, Symbol.for(${
  JSON.stringify(EXECUTABLE)
}));
globalThis[Symbol.for(${JSON.stringify(PACKED_FILES)})] = ${FILE_FUNCTION};\n`;
