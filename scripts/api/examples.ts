/**
 * Whether everything that is called, and every option, stands in an example: a block of TypeScript in a
 * page of `docs/`, in README.md or in a comment of the library, which the gate type-checks.
 */
import { ROOT, sources } from "../sources.ts";
import type { Exported, Member } from "./symbols.ts";

/** Methods that the language calls. */
const BY_LANGUAGE = /^(toString|toJSON|\[.*\])$/;

/** The blocks of TypeScript in a text, without those that are left out of the check. */
function blocks(text: string): string[] {
  const found = text.matchAll(/^([ \t*]*)```(?:ts|typescript)\b([^\n]*)\n([^]*?)\n\1```/gm);
  return Array.from(found).filter(([, , words]) => !/\bignore\b/.test(words!))
    .map(([, , , code]) => code!);
}

/** Every example that the gate checks, as one text. */
export async function examples(): Promise<string> {
  const files = [
    "README.md",
    ...sources("docs", ".md"),
    ...[...sources("lib", ".ts")].filter((path) => !path.endsWith("_test.ts")),
  ];
  const texts = await Promise.all(files.map((path) => Deno.readTextFile(`${ROOT}/${path}`)));
  return texts.flatMap(blocks).join("\n");
}

/** What `symbols` have that callers use, options among it, and that stands in no example. */
export function withoutExample(symbols: readonly Exported[], text: string): string[] {
  const words = new Set(text.match(/\w+/g));
  const called = new Set(Array.from(text.matchAll(/\.(\w+)/g), ([, name]) => name!));
  const problem = ({ file, line }: Exported, name: string) =>
    `${file}:${line}: ${name} stands in no example: write one in its comment (@example), or in docs/`;
  return symbols.flatMap((symbol) => {
    const missing: string[] = [];
    if (symbol.declarations.some(({ jsDoc }) => FOR_LIBRARY.test(jsDoc?.doc ?? ""))) return [];
    if (["function", "class"].includes(symbol.kind) && !words.has(symbol.name)) {
      missing.push(symbol.name);
    }
    for (const name of methodsOf(symbol)) {
      if (!called.has(name)) missing.push(`${symbol.name}.${name}`);
    }
    for (const name of [...membersOf(symbol), ...optionsOf(symbol)]) {
      if (!words.has(name)) missing.push(`${symbol.name}.${name}`);
    }
    return missing.map((name) => problem(symbol, name));
  });
}

/** What is public for other floors of the library, as its comment says. */
const FOR_LIBRARY = /^For the library: /;

/** The public methods of a class; those of an interface are for whoever implements it. */
function methodsOf({ kind, declarations }: Exported): string[] {
  if (kind !== "class") return [];
  const methods = declarations.flatMap(({ def }) => def?.methods ?? []);
  return methods.filter(isCalled).map(({ name }) => name);
}

function isCalled({ name, kind, accessibility, jsDoc }: Member): boolean {
  if (FOR_LIBRARY.test(jsDoc?.doc ?? "")) return false;
  const isAccessor = kind === "getter" || kind === "setter";
  return !isAccessor && (accessibility ?? "public") === "public" && !BY_LANGUAGE.test(name);
}

/** The options that callers may give, those of `Limits` among them. */
function optionsOf({ name, kind, declarations }: Exported): string[] {
  if (kind !== "interface" || !/Options$|^Limits$/.test(name)) return [];
  return declarations.flatMap(({ def }) => def?.properties ?? [])
    .filter(({ jsDoc }) => !FOR_LIBRARY.test(jsDoc?.doc ?? "")).map(({ name }) => name);
}

/** The functions of a namespace. */
function membersOf({ kind, declarations }: Exported): string[] {
  if (kind !== "namespace") return [];
  return declarations.flatMap(({ def }) => def?.elements ?? [])
    .filter(({ declarations: [first] }) => ["function", "variable"].includes(first!.kind))
    .map(({ name }) => name);
}
