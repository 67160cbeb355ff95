/** Plain tables: columns padded with spaces, no frame, so that they can be read, copied and cut. */
import { printable } from "../logs/mod.ts";

/**
 * Lines of a table with a heading. What would act on a terminal is made visible in its cells. Columns whose
 * cells are all numbers are right-aligned.
 */
export function table(heading: readonly string[], cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map((cell) => printable(cell).replaceAll("\t", "\\t")));
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const numeric = heading.map((_, column) =>
    rows.every((row) => /^[\d.,]*( ms)?$/.test(row[column]!))
  );
  const pad = (cell: string, column: number) =>
    numeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
  return all.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

/** Milliseconds, as "12 ms" or "3.4 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 10_000) return `${milliseconds.toFixed(0)} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
