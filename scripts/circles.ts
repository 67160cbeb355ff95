/**
 * Circles of files: files of which each leads to each other. A file in one cannot be read, tested or moved
 * without the rest. Types count; so does what a C file and its header of the same name need, together.
 */
import { dirname, join } from "node:path/posix";

/** Which files each file names. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** The circles of a graph, each sorted: its strongly connected parts of more than one file (Tarjan). */
export function circles(graph: Graph): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    lowest.set(file, order.get(file)!);
    path.push(file);
    for (const next of graph.get(file)!) {
      if (!graph.has(next)) continue;
      if (!order.has(next)) visit(next);
      if (path.includes(next)) {
        lowest.set(file, Math.min(lowest.get(file)!, lowest.get(next)!));
      }
    }
    if (lowest.get(file) !== order.get(file)) return;
    const part = path.splice(path.indexOf(file));
    if (part.length > 1) found.push(part.sort());
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found;
}

/** The units that a C file includes by a path of the repository; a unit is `x` for `x.c` and `x.h`. */
export function includes(file: string, source: string): string[] {
  const names = source.matchAll(/^\s*#\s*include\s*"([^"]+)"/gm);
  return Array.from(names, ([, name]) => unit(join(dirname(file), name!)))
    .filter((name) => name !== unit(file));
}

/** A C file's path without its extension. */
export function unit(file: string): string {
  return file.replace(/\.[ch]$/, "");
}
