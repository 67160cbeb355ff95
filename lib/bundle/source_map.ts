/** Source maps, read as far as it takes to say where a place in a bundle is from (ECMA-426). */

import { Buffer } from "node:buffer";

/** The parts of a source map that are read here. */
export interface SourceMap {
  /** URLs, or paths relative to the map. */
  readonly sources: readonly string[];
  readonly sourcesContent: readonly string[];
  readonly mappings: string;
  /** Names that mappings refer to. */
  readonly names?: readonly string[];
}

/** A place in a source; lines and columns from 0. */
export interface Origin {
  readonly source: number;
  readonly line: number;
  readonly column: number;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The numbers of one segment: base 64, five bits a digit, the lowest bit of a number is its sign. */
function numbersOf(segment: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const letter of segment) {
    const digit = DIGITS.indexOf(letter);
    if (digit === -1) throw new SyntaxError(`Cannot read a source map: it has ${letter} in it`);
    value |= (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}

/**
 * Where what begins at a line and column is from: one map for each line, by column.
 *
 * @throws {SyntaxError} If the mappings are not those of a source map.
 */
export function originsOf({ mappings }: SourceMap): ReadonlyMap<number, Origin>[] {
  let [source, line, column] = [0, 0, 0];
  return mappings.split(";").map((segments) => {
    const origins = new Map<number, Origin>();
    let at = 0;
    for (const segment of segments.split(",")) {
      const [moved = 0, sources, lines = 0, columns = 0] = numbersOf(segment);
      at += moved;
      if (sources === undefined) continue;
      [source, line, column] = [source + sources, line + lines, column + columns];
      origins.set(at, { source, line, column });
    }
    return origins;
  });
}

/**
 * A map as the last line of a bundle, without the sources themselves.
 *
 * @param added Lines that were put before those that the map is of.
 * @param nameOf What a source is called in stacks, from its URL.
 */
export function mapLine(
  { sources, mappings, names = [] }: SourceMap,
  added: number,
  nameOf: (url: URL) => string,
): string {
  const map = {
    version: 3,
    names,
    sources: sources.map((source) => nameOf(new URL(source))),
    mappings: ";".repeat(added) + mappings,
  };
  const text = Buffer.from(JSON.stringify(map)).toString("base64");
  return `\n//# sourceMappingURL=data:application/json;base64,${text}\n`;
}
