/**
 * The user's modules as they are after one save. All are evaluated again, as ECMAScript modules of their own
 * beside Deno's: `await` at their top level, circles and `import()` mean what they always do, `import.meta`
 * is that of the file, and what nobody uses any more is collected.
 */
import type { Module } from "node:vm";
import { AssetError, filePath, readAsset } from "../assets/mod.ts";
import { vm } from "./builtin.ts";
import { type Attributes, constant, type Imports } from "./imports.ts";
import { type Position, Source } from "./source.ts";

/** What takes the place of `file:` in stacks: which save a module is of. */
const SAVE = /^save-\d+:/;

/** Who imports a module, and by which name. */
interface Import {
  readonly importer: Source;
  readonly name: string;
}

/** All modules of one save. */
export class Generation {
  readonly number: number;
  readonly #main: URL;
  readonly #imports: Imports;
  readonly #known: Map<string, Source>;
  /** What was read until now, and what before anything was evaluated. */
  readonly #sources = new Map<string, Source>();
  #loaded: ReadonlyMap<string, Source> = new Map();
  readonly #modules = new Map<string, Promise<Module>>();
  readonly #evaluated = new WeakMap<Module, Promise<void>>();

  /** @param known Sources of earlier ones, which are used again where the text is the same; those of this are put there. */
  constructor(number: number, main: URL, imports: Imports, known: Map<string, Source>) {
    this.number = number;
    this.#main = main;
    this.#imports = imports;
    this.#known = known;
  }

  /** The files that its modules were read from, or would have been if they were there. */
  get files(): URL[] {
    return Array.from(this.#modules.keys(), (href) => new URL(href));
  }

  /** Files that its modules name, and modules that they import when they run. */
  get named(): URL[] {
    const named = [...this.#sources.values()].flatMap(({ named }) => named);
    return [...named, ...this.files].filter(({ href }) => !this.#loaded.has(href));
  }

  /** Whether the files are still as they were when it was loaded. */
  async isCurrent(): Promise<boolean> {
    const same = Array.from(
      this.#loaded,
      async ([href, { text }]) => text === await textOf(new URL(href)).catch(() => undefined),
    );
    return (await Promise.all(same)).every(Boolean);
  }

  /**
   * Reads the modules, and evaluates none.
   *
   * @throws {Error} If one is not there, is not TypeScript, or lacks what another imports of it.
   */
  async load(): Promise<void> {
    const main = await this.#module(this.#main);
    try {
      await main.link(this.#link);
      this.#loaded = new Map(this.#sources);
    } catch (error) {
      throw this.#located(error);
    }
  }

  /** Evaluates them, after they were loaded. Throws what they throw. */
  async evaluate(): Promise<void> {
    await (await this.#module(this.#main)).evaluate();
  }

  /** Where a place in the JavaScript of one of its modules is from. */
  origin(href: string, position: Position): Position {
    return this.#sources.get(href)?.origin(position) ?? position;
  }

  readonly #link = async (
    name: string,
    referrer: Module,
    { attributes = {} }: { attributes?: Attributes } = {},
  ): Promise<Module> => {
    const from = urlOf(referrer);
    const url = this.#imports.file(name, from);
    if (url === undefined) return await this.#imports.other(name, from, attributes);
    const importer = this.#sources.get(from.href);
    return await this.#module(url, importer && { importer, name });
  };

  #module(url: URL, by?: Import): Promise<Module> {
    const module = this.#modules.get(url.href) ?? this.#make(url, by);
    this.#modules.set(url.href, module);
    return module;
  }

  async #make(url: URL, by: Import | undefined): Promise<Module> {
    const text = await textOf(url, by);
    const known = this.#known.get(url.href);
    const source = known?.text === text ? known : new Source(url, text);
    this.#known.set(url.href, source);
    this.#sources.set(url.href, source);
    if (url.pathname.endsWith(".json")) return constant({ default: json(source) });
    try {
      return this.#compiled(source);
    } catch (error) {
      throw await placed(error, source);
    }
  }

  #compiled({ url, code }: Source): Module {
    return new vm.SourceTextModule(code, {
      identifier: url.href.replace("file:", `save-${this.number}:`),
      initializeImportMeta: metaOf(url, url.href === this.#main.href, this.#imports),
      // Whatever this reaches is kept for as long as the program runs.
      ...(/\bimport\b\s*\(/.test(code) && {
        importModuleDynamically: async (name, referrer, attributes) =>
          await this.#import(name, referrer as Module, attributes as Attributes),
      }),
    });
  }

  async #import(name: string, referrer: Module, attributes: Attributes): Promise<Module> {
    const module = await this.#link(name, referrer, { attributes });
    const evaluated = this.#evaluated.get(module) ?? this.#start(module);
    this.#evaluated.set(module, evaluated);
    await evaluated;
    return module;
  }

  async #start(module: Module): Promise<void> {
    if (module.status === "unlinked") await module.link(this.#link);
    if (module.status !== "evaluating") await module.evaluate();
  }

  /** V8 says which name is missing in which import, and not where that is. */
  #located(error: unknown): unknown {
    const missing = /module '(.+)' does not provide an export named '(.+)'/.exec(`${error}`);
    if (missing === null) return error;
    const [, from, name] = missing;
    const source = [...this.#sources.values()].find((each) =>
      each.lineOf(from!) > 0 && each.text.includes(name!)
    );
    const where = source && `, which ${source.url}:${source.lineOf(from!)} imports`;
    return new SyntaxError(`${from} has no export ${name}${where ?? ""}`, { cause: error });
  }
}

async function textOf(url: URL, by?: Import): Promise<string> {
  try {
    return new TextDecoder().decode(await readAsset(url));
  } catch (cause) {
    if (!(cause instanceof AssetError)) throw cause;
    const where = by && `, which ${by.importer.url}:${by.importer.lineOf(by.name)} imports`;
    throw new Error(`${cause.message}${where ?? ""}`, { cause });
  }
}

function json({ url, text }: Source): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`${url} is no JSON: ${(cause as Error).message}`, { cause });
  }
}

/** What V8 says of a module that it cannot compile, with the place; it names that only of what Deno loads. */
async function placed(error: unknown, source: Source): Promise<unknown> {
  const module = `data:text/javascript,${encodeURIComponent(source.code)}`;
  const said = await import(module).catch(({ message }) => message);
  const place = /:(\d+):(\d+)$/.exec(said);
  if (place === null) return error;
  const { line, column } = source.origin({ line: Number(place[1]), column: Number(place[2]) });
  const { message } = error as Error;
  return new SyntaxError(`${message}\n    at ${source.url}:${line}:${column}`, { cause: error });
}

/** Gives a module its `import.meta`. */
function metaOf(url: URL, main: boolean, imports: Imports): (meta: object) => void {
  const filename = filePath(url);
  const dirname = filename.slice(0, filename.lastIndexOf("/"));
  const resolve = (name: string) => imports.resolve(name, url);
  return (meta) => Object.assign(meta, { url: url.href, filename, dirname, main, resolve });
}

function urlOf({ identifier }: Module): URL {
  return new URL(identifier.replace(SAVE, "file:"));
}
