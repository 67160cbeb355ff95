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
import { type Origin, originsOf, type SourceMap } from "./source_map.ts";

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

const META = /import\.meta/g;
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
  let start = 0;
  for (const [line, text] of code.split("\n").entries()) {
    for (const { index } of text.matchAll(META)) {
      const origin = origins[line]?.get(index);
      if (origin === undefined || !isMeta(map, origin)) continue;
      const module = new URL(map.sources[origin.source]!, base);
      const reference = referenceAt(code, start + index, module);
      if (reference) found.push(reference);
    }
    start += text.length + 1;
  }
  return found;
}

function isMeta({ sourcesContent }: SourceMap, { source, line, column }: Origin): boolean {
  const text = sourcesContent[source]?.split("\n")[line];
  return text?.startsWith("import.meta", column) ?? false;
}

function referenceAt(code: string, at: number, module: URL): Reference | undefined {
  const after = code.slice(at, at + LONGEST);
  const resolve = RESOLVE.exec(after);
  if (resolve) {
    const [start, end] = [at, at + resolve[0].length];
    return reference({ start, end, isText: true, module }, resolve[2]!);
  }
  const end = URL_END.exec(after);
  const begin = end && NEW_URL.exec(code.slice(Math.max(0, at - LONGEST), at));
  if (!begin) return undefined;
  const place = { start: at - begin[0].length, end: at + end[0].length };
  return reference({ ...place, isText: false, module }, begin[2]!);
}

function reference(found: Omit<Reference, "target">, path: string): Reference | undefined {
  const target = URL.parse(path, found.module);
  return target === null ? undefined : { ...found, target };
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
