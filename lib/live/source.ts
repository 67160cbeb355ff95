/** The text of a user's module, and the JavaScript of it. */
import { filePath } from "../assets/mod.ts";
import { originsOf, type SourceMap } from "../bundle/mod.ts";
import { stripTypeScriptTypes } from "./builtin.ts";

/** A place in a module; both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const TYPESCRIPT = /\.[cm]?tsx?$/;
const NAMED = [
  /new URL\(\s*(["'`])((?:(?!\1)[^\\$\n])+)\1,\s*import\.meta\.url\s*\)/g,
  /import(?:\.meta\.resolve)?\(\s*(["'`])(\.(?:(?!\1)[^\\$\n])+)\1/g,
];
/** What Deno calls a text that it is given without a file. */
const NAMELESS = "file:///stripTypeScriptTypes.ts";

/** A user's module as it was read. */
export class Source {
  readonly url: URL;
  readonly text: string;
  readonly #code: string;

  /** @throws {SyntaxError} If it is no TypeScript; the message says where. */
  constructor(url: URL, text: string) {
    this.url = url;
    this.text = text;
    this.#code = TYPESCRIPT.test(url.pathname) ? javascript(url, text) : text;
  }

  /** As JavaScript; types are not checked. */
  get code(): string {
    return this.#code;
  }

  /** Files that it names by `new URL("./file", import.meta.url)`, and modules that it may import later. */
  get named(): URL[] {
    const found = NAMED.flatMap((form) => [...this.text.matchAll(form)]);
    const urls = found.map(([, , path]) => URL.parse(path!, this.url));
    return urls.filter((url) => url?.protocol === "file:" && !url.pathname.endsWith("/")) as URL[];
  }

  /** The line that names a module, from 1; 0 if there is none. */
  lineOf(name: string): number {
    const quoted = [`"${name}"`, `'${name}'`];
    return this.text.split("\n").findIndex((line) => quoted.some((form) => line.includes(form))) +
      1;
  }

  /** Where a place in the JavaScript is from. */
  origin({ line, column }: Position): Position {
    if (this.#code === this.text) return { line, column };
    const origins = originsOf(mapOf(this.url, this.text))[line - 1] ?? new Map();
    const before = [...origins].filter(([at]) => at < column).at(-1);
    if (before === undefined) return { line, column };
    return { line: before[1].line + 1, column: before[1].column + 1 };
  }
}

function javascript(url: URL, text: string): string {
  try {
    return stripTypeScriptTypes(text, { mode: "transform" });
  } catch (error) {
    const { message } = error as Error;
    const [own] = message.split(/\n {4}at (?!file:)/);
    throw new SyntaxError(own!.replace(/^SyntaxError: /, "").replace(NAMELESS, url.href));
  }
}

function mapOf(url: URL, text: string): SourceMap {
  const options = { mode: "transform", sourceMap: true, sourceUrl: filePath(url) } as const;
  const encoded = /base64,(.*)\s*$/.exec(stripTypeScriptTypes(text, options))![1]!;
  return JSON.parse(atob(encoded));
}
