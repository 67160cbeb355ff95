/**
 * Checks who imports what. Inside `lib/` imports go one way, down the layers; the library never imports
 * what is built on it, only deno.json, which has its version; components and programs see the library only as "bailiwick". Tests may import
 * any of the library, and services what they run with. Nowhere, in C neither, do files lead to each other
 * in a circle.
 */
import { dirname, join } from "node:path/posix";
import { circles, type Graph, includes, unit } from "./circles.ts";
import { ROOT, sources } from "./sources.ts";

/** Folders of `lib/`, lowest first. A folder imports from itself and from lower layers. */
const LAYERS: readonly (readonly string[])[] = [
  ["abi", "assets", "clock", "inside"],
  ["bundle"],
  ["logs", "model", "nursery"],
  ["wire"],
  ["agent"],
  ["thread"],
  ["hosts"],
  ["packages", "service"],
  ["system"],
  ["operate"],
  ["repl", "telemetry", "web"],
  ["scripts"],
  ["compile", "live", "testing", "tools"],
  ["versions"],
  ["cli"],
];

/** The modules that a file names in its imports and exports; examples in comments do not count. */
export function specifiers(source: string): string[] {
  const code = source.replaceAll(/^\s*(\/\/|\/?\*).*$/gm, "");
  const found = code.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g);
  return Array.from(found, ([, specifier]) => specifier!);
}

/** What is wrong with `file` importing `specifier`, or nothing. */
export function violation(file: string, specifier: string): string | undefined {
  const isRelative = specifier.startsWith(".");
  const target = isRelative ? join(dirname(file), specifier) : specifier;
  const [area] = file.split("/");
  if (area === "lib") return libViolation(file, target, isRelative);
  if (file.endsWith("_test.ts")) return undefined;
  if (isProgram(file)) return programViolation(target, isRelative);
  if (area === "components") return componentViolation(file, target, isRelative);
  return undefined;
}

function libViolation(file: string, target: string, isRelative: boolean): string | undefined {
  if (/^bailiwick(\/|$)/.test(target)) return "the library imports its own files by path";
  if (!isRelative) return undefined;
  if (target === "deno.json") return undefined;
  if (!target.startsWith("lib/")) return "the library imports nothing outside of lib/";
  if (file.endsWith("_test.ts")) return undefined;
  const [from, to] = [layer(file), layer(target)];
  if (from === undefined) return `${file} is in no layer: add its folder to check_imports.ts`;
  if (to === undefined) return `${target} is in no layer: add its folder to check_imports.ts`;
  if (from > to || folder(file) === folder(target)) return undefined;
  return `lib/${folder(file)} may import only from layers below it`;
}

function componentViolation(
  file: string,
  target: string,
  isRelative: boolean,
): string | undefined {
  if (isRelative && target.startsWith("components/")) return undefined;
  if (isService(file)) {
    if (target === "bailiwick/service" || target.startsWith("node:")) return undefined;
    return 'a service imports only "bailiwick/service", what is built in, and its component\'s files';
  }
  if (target === "bailiwick") return undefined;
  return 'components import only "bailiwick" and each other';
}

/** Whether a file is of the program's command line, which may use all of the library. */
function isProgram(file: string): boolean {
  return file === "main.ts" || file.startsWith("components/trade/");
}

/** Whether a file runs as a service: it is named as its component. */
function isService(file: string): boolean {
  return /^components\/(\w+)\/\1\.ts$/.test(file);
}

function programViolation(target: string, isRelative: boolean): string | undefined {
  if (!isRelative || !target.startsWith("lib/")) return undefined;
  return 'programs import the library as "bailiwick"';
}

function folder(path: string): string {
  return path.split("/")[1]!;
}

/** The height of a file's layer; entries such as `lib/mod.ts` are above all. */
function layer(path: string): number | undefined {
  if (path.split("/").length === 2) return LAYERS.length;
  const index = LAYERS.findIndex((folders) => folders.includes(folder(path)));
  return index === -1 ? undefined : index;
}

async function readAll(extension: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const file of sources("", extension)) {
    files.set(file, await Deno.readTextFile(`${ROOT}/${file}`));
  }
  return files;
}

function importGraph(files: ReadonlyMap<string, string>): Graph {
  const targets = (file: string, source: string) =>
    specifiers(source).filter((name) => name.startsWith("."))
      .map((name) => join(dirname(file), name));
  return new Map(Array.from(files, ([file, source]) => [file, targets(file, source)]));
}

function includeGraph(files: ReadonlyMap<string, string>): Graph {
  const graph = new Map<string, string[]>();
  for (const [file, source] of files) {
    graph.set(unit(file), [...(graph.get(unit(file)) ?? []), ...includes(file, source)]);
  }
  return graph;
}

if (import.meta.main) {
  const problems: string[] = [];
  const modules = new Map([...await readAll(".ts"), ...await readAll(".tsx")]);
  for (const [file, source] of modules) {
    for (const specifier of specifiers(source)) {
      const problem = violation(file, specifier);
      if (problem) problems.push(`${file} imports ${specifier}: ${problem}`);
    }
  }
  const native = new Map([...await readAll(".c"), ...await readAll(".h")]);
  for (const circle of [...circles(importGraph(modules)), ...circles(includeGraph(native))]) {
    problems.push(`These lead to each other in a circle: ${circle.join(", ")}`);
  }
  if (problems.length > 0) {
    console.error(problems.join("\n"));
    Deno.exit(1);
  }
}
