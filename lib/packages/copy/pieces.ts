/**
 * In which pieces files are copied.
 *
 * A file that says that it is empty may hold something all the same, as those of /proc do: it is read a
 * little to see. The holes of a file that has some are not read; what is left are its pieces of data.
 */
import { SEEK } from "../../abi/mod.ts";
import type { CallOptions, Result } from "../../thread/mod.ts";
import { inPlace, type Place } from "./at.ts";
import { type Entry, grouped, pathCost, type Piece } from "./entry.ts";

/** Larger files are copied in pieces of this size. */
const LARGE = 256 * 1024;
/** What is read of a file that says that it is empty. */
export const PROBE = 1024;
/** A file without so much in holes takes no space on most file systems, or the least there is. */
const LEAST_SPARSE = 4096;
/** Pieces of data that one batch looks for in a file. */
const EXTENTS = 16;

/** Whether something of a file's size is not there. */
function hasHoles({ facts: { size, allocated } }: Entry): boolean {
  return size > LEAST_SPARSE && allocated < size;
}

/** The size of pieces between two places: less where a link is slow, since each holds up what comes after it. */
export function pieceSize(from: Place, to: Place): number {
  return Math.min(LARGE, from.thread.host.piece, to.thread.host.piece);
}

/** Files that are copied by one piece each, which makes and finishes the file. */
export function wholePiece(entry: Entry, large: number): Piece | undefined {
  const { size } = entry.facts;
  if (size > large || hasHoles(entry)) return undefined;
  return { entry, offset: 0, length: size === 0 ? PROBE : size, whole: true };
}

/** The pieces of files that have several, or holes. */
export async function partsOf(
  place: Place,
  files: readonly Entry[],
  large: number,
  options: CallOptions,
): Promise<Piece[]> {
  const [sparse, dense] = [files.filter(hasHoles), files.filter((file) => !hasHoles(file))];
  const cost = ({ path }: Entry) => {
    const { bytes, calls } = pathCost(path);
    return { bytes, calls: calls + 2 * EXTENTS };
  };
  const found = await Promise.all(
    grouped(sparse, cost).map((group) => dataOf(place, group, options)),
  );
  const whole = dense.map((entry) => ({ entry, start: 0, end: entry.facts.size }));
  return [...whole, ...found.flat()].flatMap((data) => cut(data, large));
}

interface Data {
  readonly entry: Entry;
  readonly start: number;
  readonly end: number;
}

function cut({ entry, start, end }: Data, large: number): Piece[] {
  return Array.from({ length: Math.ceil((end - start) / large) }, (_, index) => {
    const offset = start + index * large;
    return { entry, offset, length: Math.min(large, end - offset), whole: false };
  });
}

/** Where the data of these files is, by SEEK_DATA and SEEK_HOLE of lseek(2). */
async function dataOf(
  place: Place,
  entries: readonly Entry[],
  options: CallOptions,
): Promise<Data[]> {
  const found: Data[] = [];
  let asked = entries.map((entry) => ({ entry, from: 0 }));
  while (asked.length > 0) {
    const answers = await seek(place, asked, options);
    asked = asked.flatMap(({ entry, from }, index) => {
      const data = answers[index]!;
      found.push(...data.map(([start, end]) => ({ entry, start, end })));
      const last = data.at(-1)?.[1] ?? from;
      return data.length === EXTENTS && last < entry.facts.size ? [{ entry, from: last }] : [];
    });
  }
  return found;
}

async function seek(
  place: Place,
  asked: readonly { entry: Entry; from: number }[],
  options: CallOptions,
): Promise<[start: number, end: number][][]> {
  const answers = await inPlace(
    place,
    options,
    (at, b) =>
      asked.map(({ entry: { path }, from }) => {
        const fd = at.openToRead(path, from);
        const what = `look for holes in ${at.shown(path)}`;
        const next = (offset: number | Result<number>, whence: number) =>
          b.proceeding(() => b.call("lseek", [fd, offset, whence], { what }));
        const found: Result<number | undefined>[] = [];
        for (let i = 0, last: number | Result<number> = from; i < EXTENTS; i++) {
          const start = next(last, SEEK.DATA);
          found.push(start, last = next(start, SEEK.HOLE));
        }
        at.close(fd);
        return found;
      }),
  );
  return answers.map(pairsOf);
}

/** No data behind an offset is ENXIO, and the calls after it come to nothing. */
function pairsOf(found: readonly (number | undefined)[]): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < found.length; i += 2) {
    const [start, end] = [found[i], found[i + 1]];
    if (start === undefined || end === undefined || end <= start) break;
    pairs.push([start, end]);
  }
  return pairs;
}
