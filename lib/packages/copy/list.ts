/**
 * Listing a tree: level by level, many directories a batch, and a level's facts while the next one is
 * listed. So a tree costs a round trip for each of its levels, whatever is in it.
 *
 * What a host lists is not believed: a name that would lead elsewhere ends the copy, and what is below a
 * path is only taken if the path is a directory by its own facts.
 */
import { O } from "../../abi/mod.ts";
import { RemoteProtocolError } from "../../wire/mod.ts";
import type { CallOptions, DirectoryEntry, Metadata } from "../../thread/mod.ts";
import { inPlace, type Place } from "./at.ts";
import { type Entry, grouped, parentOf, pathCost, shownBelow, typeOf } from "./entry.ts";
import { NotCopyableError } from "./errors.ts";
import { below, type ByteName, byteName, shown } from "./names.ts";

/** Entries of one batch: a reply's outputs are found one after the other. */
const MOST = 256;
const ROOM = { least: 4096, most: 64 * 1024, all: 256 * 1024 };

/** Room for the entries of a root, which is listed when it is opened. */
export const ROOT_ROOM = ROOM.most;

/** What is known of a root when it has been opened. */
export interface Top {
  readonly place: Place;
  readonly facts: Metadata;
  /** What getdents64(2) said, twice, if it is a directory that could be listed. */
  readonly listed: readonly [DirectoryEntry[], DirectoryEntry[]] | undefined;
}

/** All of a tree, parents before what they hold. */
export async function listTree(top: Top, options: CallOptions): Promise<Entry[]> {
  const lister = new Lister(top.place, options);
  const root = { path: "", facts: top.facts };
  if (typeOf(root) !== "directory") return [root];
  const levels: Promise<Entry[]>[] = [];
  let listed = top.listed ? await lister.rest("", ...top.listed) : await lister.list([""]);
  while (listed.length > 0) {
    const entries = lister.entries(listed);
    entries.catch(() => {}); // Looked at when all levels are known.
    levels.push(entries);
    const directories = await directoriesOf(listed, entries);
    listed = await lister.list(directories);
  }
  return checkTree(top.place, [root, ...(await Promise.all(levels)).flat()]);
}

/** These paths with their facts, symbolic links not followed. */
export async function entriesAt(
  place: Place,
  paths: readonly ByteName[],
  options: CallOptions,
): Promise<Entry[]> {
  const facts = await Promise.all(
    grouped(paths, pathCost, MOST).map((group) =>
      inPlace(place, options, (at) => group.map((path) => at.stat(path)))
    ),
  );
  return facts.flat().map((facts, index) => ({ path: paths[index]!, facts }));
}

/**
 * The entries, if all of them are in directories.
 *
 * @throws {NotCopyableError} If one is below what is no directory.
 */
export function checkTree(place: Place, entries: readonly Entry[]): Entry[] {
  const directories = new Set<ByteName>();
  for (const entry of entries) {
    const parent = parentOf(entry);
    if (parent !== undefined && !directories.has(parent)) {
      const { shown: root, thread } = place;
      throw new NotCopyableError(
        `Cannot copy ${shownBelow(root, entry.path)} on host ${thread.host.name}: ` +
          `${shownBelow(root, parent)} is no directory any more; copy it when nobody changes it`,
      );
    }
    if (typeOf(entry) === "directory") directories.add(entry.path);
  }
  return [...entries];
}

interface Listed {
  readonly path: ByteName;
  readonly type: DirectoryEntry["type"];
}

/** Which of these are directories; a file system that does not list types has to be asked. */
async function directoriesOf(
  listed: readonly Listed[],
  entries: Promise<Entry[]>,
): Promise<ByteName[]> {
  if (listed.some(({ type }) => type === "unknown")) {
    return (await entries).filter((entry) => typeOf(entry) === "directory").map(({ path }) => path);
  }
  return listed.filter(({ type }) => type === "directory").map(({ path }) => path);
}

class Lister {
  readonly #place: Place;
  readonly #options: CallOptions;

  constructor(place: Place, options: CallOptions) {
    this.#place = place;
    this.#options = options;
  }

  entries(listed: readonly Listed[]): Promise<Entry[]> {
    return entriesAt(this.#place, listed.map(({ path }) => path), this.#options);
  }

  /** What these directories hold. */
  async list(directories: readonly ByteName[]): Promise<Listed[]> {
    const room = Math.min(Math.max(ROOM.all / directories.length, ROOM.least), ROOM.most) & ~7;
    const cost = (path: ByteName) => {
      const { bytes, calls } = pathCost(path);
      return { bytes: bytes + 2 * room, calls };
    };
    const groups = grouped(directories, cost, MOST);
    return (await Promise.all(groups.map((group) => this.#listGroup(group, room)))).flat();
  }

  async #listGroup(directories: readonly ByteName[], room: number): Promise<Listed[]> {
    const results = await inPlace(this.#place, this.#options, (at) =>
      directories.map((path) => {
        const fd = at.open(path, O.RDONLY | O.DIRECTORY);
        const result = { first: at.list(fd, room), second: at.list(fd, room) };
        at.close(fd);
        return result;
      }));
    const lists = directories.map((path, index) => {
      const { first, second } = results[index]!;
      return this.rest(path, first, second);
    });
    return (await Promise.all(lists)).flat();
  }

  /** What a directory holds, when all of it may not have been listed at once. */
  async rest(path: ByteName, first: DirectoryEntry[], second: DirectoryEntry[]): Promise<Listed[]> {
    return second.length === 0 ? this.#named(path, [first]) : await this.#listLarge(path);
  }

  /** Lists a directory that has more entries than there was room for, from its start. */
  async #listLarge(path: ByteName): Promise<Listed[]> {
    await using fd = await inPlace(
      this.#place,
      this.#options,
      (at) => at.open(path, O.RDONLY | O.DIRECTORY),
    );
    const parts: DirectoryEntry[][] = [];
    for (;;) {
      parts.push(
        ...await inPlace(
          this.#place,
          this.#options,
          (at) => Array.from({ length: 4 }, () => at.list(fd, 2 * ROOM.most)),
        ),
      );
      if (parts.at(-1)!.length === 0) break;
    }
    return this.#named(path, parts);
  }

  /** A directory that changes while it is listed may have a name twice. */
  #named(directory: ByteName, parts: readonly DirectoryEntry[][]): Listed[] {
    const listed = new Map<ByteName, Listed>();
    for (const { bytes, type } of parts.flat()) {
      const name = byteName(bytes);
      if (name === "" || name.includes("/")) {
        throw new RemoteProtocolError(
          `Host ${this.#place.thread.host.name} lists a file named "${shown(name)}" in ` +
            `${shownBelow(this.#place.shown, directory)}: no file can be named so`,
        );
      }
      if (!listed.has(name)) listed.set(name, { path: below(directory, name), type });
    }
    return [...listed.values()];
  }
}
