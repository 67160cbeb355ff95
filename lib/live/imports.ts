/**
 * What the user's modules import. A file that they reach by a path, or by a name of the program's import map,
 * is a module of the user's, and is loaded again. The library, what is built in and packages are not: they
 * stay the instances that the running program has, so `===` and `instanceof` go on meaning what they say.
 */
import type { Module } from "node:vm";
import { filePath } from "../assets/mod.ts";
import { vm } from "./builtin.ts";

/** The attributes of an import, as `{ type: "json" }`. */
export type Attributes = Readonly<Record<string, string | undefined>>;

type Exports = Readonly<Record<string, unknown>>;

const LIBRARY = new URL("../", import.meta.url).href;
/** Where npm packages are: in a project's own directory, or in Deno's. */
const PACKAGE = /\/node_modules\/|\/npm\/[^/]+\/.+\/\d+\.\d+\.\d+[^/]*\//;
const LOADED = /\.[cm]?[jt]sx?$|\.json$/;
const PATH = /^\.{0,2}\//;

/** A module that is nowhere. What it resolves a name to is what the program's import map says. */
const NOWHERE = "data:text/javascript,export const resolve = (name) => import.meta.resolve(name);";

/** Imports as the program has them. */
export class Imports {
  readonly #mapped: (name: string) => string;
  readonly #others = new Map<string, Promise<Module>>();

  private constructor(mapped: (name: string) => string) {
    this.#mapped = mapped;
  }

  /** Those of this program. */
  static async make(): Promise<Imports> {
    const { resolve } = await import(NOWHERE) as { resolve(name: string): string };
    return new Imports(resolve);
  }

  /** The file of the user's that a name means in a module; nothing for any other module. */
  file(name: string, from: URL): URL | undefined {
    const url = PATH.test(name) ? new URL(name, from) : URL.parse(this.#alias(name) ?? name);
    return url?.protocol === "file:" && isUsers(url) ? url : undefined;
  }

  /** `import.meta.resolve` of a module. */
  resolve(name: string, from: URL): string {
    return PATH.test(name) ? new URL(name, from).href : this.#mapped(name);
  }

  /**
   * A module that is not the user's, as Deno gives it to a module that it has loaded from there.
   *
   * @throws {TypeError} If there is none.
   */
  other(name: string, from: URL, attributes: Attributes): Promise<Module> {
    const key = `${name} ${from}`;
    const known = this.#others.get(key) ?? importFrom(name, from, attributes).then(constant);
    this.#others.set(key, known);
    known.catch(() => this.#others.delete(key));
    return known;
  }

  #alias(name: string): string | undefined {
    try {
      return this.#mapped(name);
    } catch {
      // It is a package that only the user's modules can see.
      return undefined;
    }
  }
}

function isUsers({ href, pathname }: URL): boolean {
  return LOADED.test(pathname) && !href.startsWith(LIBRARY) && !PACKAGE.test(pathname);
}

async function importFrom(name: string, from: URL, attributes: Attributes): Promise<Exports> {
  const code = "return import(name, { with: { ...attributes } })";
  const load = vm.compileFunction(code, ["name", "attributes"], {
    filename: filePath(from),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return await load(name, attributes);
}

/** A module with these exports. */
export function constant(exports: Exports): Module {
  const names = Object.keys(exports);
  return new vm.SyntheticModule(names, function () {
    for (const name of names) this.setExport(name, exports[name]);
  });
}
