/** What a tree that is copied consists of. */
import { S } from "../../abi/mod.ts";
import type { Metadata } from "../../thread/mod.ts";
import { type ByteName, shown, split } from "./names.ts";

/** One file, directory or symbolic link, by its path below the root; the root's is empty. */
export interface Entry {
  readonly path: ByteName;
  readonly facts: Metadata;
  /** Bits of its mode that are not copied. */
  readonly drops?: number;
}

export type Type = "file" | "directory" | "symlink" | "pipe" | "socket" | "device";

const TYPES: Readonly<Record<number, Type>> = {
  [S.IFREG]: "file",
  [S.IFDIR]: "directory",
  [S.IFLNK]: "symlink",
  [S.IFIFO]: "pipe",
  [S.IFSOCK]: "socket",
};

export function typeOf({ facts }: Entry): Type {
  return TYPES[facts.mode & S.IFMT] ?? "device";
}

/** Permissions with set-user-ID, set-group-ID and sticky. */
export function permissions({ facts, drops = 0 }: Entry): number {
  return facts.mode & 0o7777 & ~drops;
}

/** What the bits mean that give whoever executes a file its owner's or group's rights. */
export const SET_IDS = 0o6000;

/** The directory that an entry is in, below the root; none for the root. */
export function parentOf({ path }: Entry): ByteName | undefined {
  return path === "" ? undefined : split(path).directory;
}

/** How people see a path below a root. */
export function shownBelow(root: string, path: ByteName): string {
  return path === "" ? root : `${root}/${shown(path)}`;
}

/** A part of a file, or the whole of it. */
export interface Piece {
  readonly entry: Entry;
  readonly offset: number;
  readonly length: number;
  /** Whether nothing else of its file is copied: then it makes the file, and finishes it. */
  readonly whole: boolean;
}

/** What something adds to a batch. */
export interface Cost {
  readonly bytes: number;
  readonly calls: number;
}

/** Bytes of one batch: three are within what one thread may have unanswered. */
export const BATCH_BYTES = 320 * 1024;
/** Calls of one batch: fewer than an agent takes, for those that a group has besides. */
const BATCH_CALLS = 4000;

/** Consecutive items in groups that fit in a batch each, unless a single item does not. */
export function grouped<T>(
  items: readonly T[],
  cost: (item: T) => Cost,
  most = Infinity,
  mostBytes = BATCH_BYTES,
): T[][] {
  const groups: T[][] = [];
  let bytes = Infinity;
  let calls = Infinity;
  for (const item of items) {
    const own = cost(item);
    const fits = bytes + own.bytes <= mostBytes && calls + own.calls <= BATCH_CALLS;
    if (!fits || groups.at(-1)!.length === most) {
      groups.push([]);
      bytes = calls = 0;
    }
    groups.at(-1)!.push(item);
    bytes += own.bytes;
    calls += own.calls;
  }
  return groups;
}

/** About what one more path costs in a batch: its own calls, and those to get to its directory. */
export function pathCost(path: ByteName): Cost {
  const depth = path.split("/").length;
  return { bytes: 512 + 3 * path.length, calls: 8 + 2 * depth };
}
