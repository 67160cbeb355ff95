/** Tables that fit into a terminal. */
import { table } from "../../tools/mod.ts";

/**
 * A table without its empty columns; where it is too wide without those of `leastFirst`, one after the other, and
 * then cut.
 */
export function fitted(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  leastFirst: readonly string[],
  width: number,
): string {
  let shown = heading.filter((_, column) => rows.some((row) => row[column] !== ""));
  const made = () => {
    const at = shown.map((name) => heading.indexOf(name));
    return table(shown, rows.map((row) => at.map((column) => row[column]!)));
  };
  let text = made();
  for (const name of leastFirst) {
    if (widest(text) <= width) return text;
    shown = shown.filter((each) => each !== name);
    text = made();
  }
  return text.split("\n").map((line) => cut(line, width)).join("\n");
}

function widest(text: string): number {
  return Math.max(...text.split("\n").map(({ length }) => length));
}

function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

/** The width of the terminal; Infinity where there is none. */
export function columns(): number {
  if (!Deno.stdout.isTerminal()) return Infinity;
  try {
    return Deno.consoleSize().columns;
  } catch {
    return Infinity;
  }
}
