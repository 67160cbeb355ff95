/**
 * The files that bundled modules refer to.
 *
 * A module names a file that belongs to it as `new URL("./file", import.meta.url)`, or
 * `import.meta.resolve("./file")`, with the whole path as a literal: the form that other bundlers know,
 * too. In a bundle `import.meta` is the bundle's, so each such expression has to be replaced.
 *
 * Whether the words `import.meta` are code or a part of a string is not found out by reading JavaScript
 * again. The bundler's source map has an entry for each expression and none inside of strings and
 * comments: they are code if an entry begins right there and leads to the same words in a source, which
 * is also how the module is found.
 */
import { originsOf, type SourceMap } from "./source_map.ts";

/** An expression of a bundle that names a file. */
export interface Reference {
  /** From where to where the expression is in the bundle. */
  readonly start: number;
  readonly end: number;
  /** Whether it is a string, as `import.meta.resolve()` makes, and not a URL. */
  readonly isText: boolean;
  readonly module: URL;
  readonly target: URL;
}

const META = "import.meta";
const NEW_URL = /new URL\(\s*(["'`])((?:(?!\1)[^\\$\n])+)\1,\s*$/;
const URL_END = /^import\.meta\.url\s*\)/;
const RESOLVE = /^import\.meta\.resolve\(\s*(["'`])(\.(?:(?!\1)[^\\$\n])+)\1\s*\)/;

/** What is looked at before `import.meta`. */
const LONGEST = 1024;

/**
 * Finds them in a bundle.
 *
 * @param base What the map's sources are relative to.
 */
export function referencesIn(code: string, map: SourceMap, base: URL): Reference[] {
  const origins = originsOf(map);
  const found: Reference[] = [];
  let [line, lineStart, from] = [0, 0, 0];
  for (let at = code.indexOf(META); at !== -1; at = code.indexOf(META, at + 1)) {
    for (let end; (end = code.indexOf("\n", from)) !== -1 && end < at; from = lineStart) {
      line++;
      lineStart = end + 1;
    }
    const origin = origins[line]?.get(at - lineStart);
    if (origin === undefined || !isMeta(map, origin)) continue;
    const module = new URL(map.sources[origin.source]!, base);
    const reference = referenceAt(code, at, module);
    if (reference) found.push(reference);
  }
  return found;
}

function isMeta(
  { sourcesContent }: SourceMap,
  { source, line, column }: { source: number; line: number; column: number },
): boolean {
  const text = sourcesContent[source]?.split("\n")[line];
  return text?.startsWith(META, column) ?? false;
}

function referenceAt(code: string, at: number, module: URL): Reference | undefined {
  const after = code.slice(at, at + LONGEST);
  const resolve = RESOLVE.exec(after);
  if (resolve) {
    const target = new URL(resolve[2]!, module);
    return { start: at, end: at + resolve[0].length, isText: true, module, target };
  }
  const end = URL_END.exec(after);
  const begin = end && NEW_URL.exec(code.slice(Math.max(0, at - LONGEST), at));
  if (!begin) return undefined;
  const [start, target] = [at - begin[0].length, new URL(begin[2]!, module)];
  return { start, end: at + end[0].length, isText: false, module, target };
}

/** The bundle with each reference replaced by an expression that gives the URL. */
export function replaced(
  code: string,
  references: readonly Reference[],
  expression: (reference: Reference) => string | undefined,
): string {
  const parts: string[] = [];
  let done = 0;
  for (const reference of references) {
    const text = expression(reference);
    if (text === undefined) continue;
    parts.push(code.slice(done, reference.start), reference.isText ? `${text}.href` : text);
    done = reference.end;
  }
  return parts.join("") + code.slice(done);
}
