/**
 * Which modules are reloaded. A file that the program reaches by a path, or by a name of its import map, is
 * the user's; the library, what is built in and packages are not: they stay the instances that the running
 * program has, which is how `===` and `instanceof` go on meaning what they say.
 */
import vm from "node:vm";
import { filePath } from "../assets/mod.ts";

/** The attributes of an import, as `{ type: "json" }`. */
export type Attributes = Readonly<Record<string, string | undefined>>;

const LIBRARY = new URL("../", import.meta.url).href;
/** Where npm packages are: in a project's own directory, or in Deno's. */
const PACKAGE = /\/node_modules\/|\/npm\/[^/]+\/.+\/\d+\.\d+\.\d+[^/]*\//;
const LOADED = /\.[cm]?[jt]sx?$|\.json$/;

/** A module that is nowhere. What it resolves a name to is what the program's import map says. */
const NOWHERE = "data:text/javascript,export const resolve = (name) => import.meta.resolve(name);";
const { resolve: mapped } = await import(NOWHERE) as { resolve(name: string): string };

/** What a name means in a module: the URL of a file of the user's, or nothing for any other module. */
export function liveUrl(name: string, from: URL): URL | undefined {
  const url = /^\.{0,2}\//.test(name) ? new URL(name, from) : URL.parse(aliased(name) ?? name);
  return url?.protocol === "file:" && isUsers(url) ? url : undefined;
}

function aliased(name: string): string | undefined {
  try {
    return mapped(name);
  } catch {
    // It is a package that only the user's modules can see.
    return undefined;
  }
}

function isUsers({ href, pathname }: URL): boolean {
  return LOADED.test(pathname) && !href.startsWith(LIBRARY) && !PACKAGE.test(pathname);
}

/** `import.meta.resolve` of a module of the user's. */
export function resolveIn(name: string, from: URL): string {
  return /^\.{0,2}\//.test(name) ? new URL(name, from).href : mapped(name);
}

/** Modules that are not reloaded, as the reloaded ones see them. */
export class OtherModules {
  readonly #known = new Map<string, Promise<vm.Module>>();

  /**
   * One of them, as a module of the user's names it.
   *
   * @throws {TypeError} If there is none.
   */
  find(name: string, from: URL, attributes: Attributes): Promise<vm.Module> {
    const key = `${name} ${from}`;
    const known = this.#known.get(key) ?? importFrom(name, from, attributes).then(constant);
    this.#known.set(key, known);
    known.catch(() => this.#known.delete(key));
    return known;
  }
}

type Exports = Readonly<Record<string, unknown>>;

/** As `import()` in a module that Deno has loaded from there. */
async function importFrom(name: string, from: URL, attributes: Attributes): Promise<Exports> {
  const load = vm.compileFunction("return import(name, { with: { ...attributes } })", [
    "name",
    "attributes",
  ], {
    filename: filePath(from),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return await load(name, attributes);
}

/** A module with these exports. */
export function constant(exports: Exports): vm.Module {
  const names = Object.keys(exports);
  return new vm.SyntheticModule(names, function () {
    for (const name of names) this.setExport(name, exports[name]);
  });
}
