/** What a tree that is copied consists of. */
import type { Metadata } from "../../thread/mod.ts";

/** One file, directory or symbolic link, by its path below the root; the root's is empty. */
export interface Entry {
  readonly path: string;
  readonly metadata: Metadata;
}

/** A part of a file, or the whole of it. */
export interface Piece {
  readonly entry: Entry;
  readonly offset: number;
  readonly length: number;
}

/** The path of an entry on a host. */
export function below(root: string, path: string): string {
  return path === "" ? root : `${root}/${path}`;
}

/** Whether a piece is its whole file. */
export function isWhole({ entry, length }: Piece): boolean {
  return length === entry.metadata.size;
}

/** The permission bits that are copied: the others mean something for their old owner only. */
export function permissions({ metadata }: Entry): number {
  return metadata.mode & 0o777;
}

/**
 * Consecutive items in groups, each of which costs at most `limit` unless it is a single item, and holds
 * no more than `most`.
 */
export function grouped<T>(
  items: readonly T[],
  cost: (item: T) => number,
  { limit, most }: { limit: number; most: number },
): T[][] {
  const groups: T[][] = [];
  let sum = Infinity;
  for (const item of items) {
    const own = cost(item);
    if (sum + own > limit || groups.at(-1)?.length === most) {
      groups.push([]);
      sum = 0;
    }
    groups.at(-1)!.push(item);
    sum += own;
  }
  return groups;
}

/** Bytes of one batch: three are within what one thread may have unanswered. */
export const BATCH = 320 * 1024;

/** About what one more file costs in a batch beside its content. */
export function overhead(root: string, { path }: Entry): number {
  return 512 + 3 * (root.length + path.length);
}
