/**
 * Listing a tree: level by level, many directories a batch, and a level's metadata while the next one
 * is listed. So a tree costs a round trip for each of its levels, whatever is in it.
 *
 * What is reserved for the kernel to fill travels to the host as zeros, hence the small rooms.
 */
import { O } from "../../abi/mod.ts";
import { RemoteProtocolError } from "../../wire/mod.ts";
import type { CallOptions, DirectoryEntry, Metadata, Thread } from "../../thread/mod.ts";
import { BATCH, below, type Entry, grouped } from "./entry.ts";

/** Entries of one batch: a reply's outputs are found one after the other. */
const MOST = 256;
const ROOM = { least: 4096, most: 64 * 1024, all: 256 * 1024 };
const STATX_COST = 512;

/** All that is below `root`, parents before what they hold. */
export async function listTree(
  thread: Thread,
  root: string,
  options: CallOptions,
): Promise<Entry[]> {
  const lister = new Lister(thread, root, options);
  const top = lister.entries([""]);
  const levels = [top];
  for (let level = [""]; level.length > 0;) {
    const listing = lister.list(level);
    listing.catch(() => {});
    // The root is listed before it is known to be a directory.
    if (level[0] === "" && !(await top)[0]!.metadata.isDirectory) return await top;
    const listed = await listing;
    const entries = lister.entries(listed.map(({ path }) => path));
    entries.catch(() => {});
    levels.push(entries);
    level = await lister.directories(listed, entries);
  }
  return (await Promise.all(levels)).flat();
}

interface Listed {
  readonly path: string;
  readonly type: DirectoryEntry["type"];
}

class Lister {
  constructor(
    readonly thread: Thread,
    readonly root: string,
    readonly options: CallOptions,
  ) {}

  /** The metadata of these paths, symbolic links not followed. */
  async stat(paths: readonly string[]): Promise<Metadata[]> {
    const cost = (path: string) => STATX_COST + path.length + this.root.length;
    const groups = grouped(paths, cost, { limit: BATCH, most: MOST });
    const stats = groups.map((group) =>
      this.thread.batch(
        (b) => group.map((path) => b.stat(below(this.root, path), { followSymlink: false })),
        this.options,
      )
    );
    return (await Promise.all(stats)).flat();
  }

  async entries(paths: readonly string[]): Promise<Entry[]> {
    const stats = await this.stat(paths);
    return paths.map((path, index) => ({ path, metadata: stats[index]! }));
  }

  /** Which of these are directories; a file system that does not list types has to be asked. */
  async directories(listed: readonly Listed[], entries: Promise<Entry[]>): Promise<string[]> {
    if (listed.some(({ type }) => type === "unknown")) {
      const known = await entries;
      return known.filter(({ metadata }) => metadata.isDirectory).map(({ path }) => path);
    }
    return listed.filter(({ type }) => type === "directory").map(({ path }) => path);
  }

  /** What these directories hold. */
  async list(directories: readonly string[]): Promise<Listed[]> {
    const room = Math.min(Math.max(ROOM.all / directories.length, ROOM.least), ROOM.most) & ~7;
    const cost = (path: string) => 2 * room + STATX_COST + path.length + this.root.length;
    const groups = grouped(directories, cost, { limit: BATCH, most: MOST });
    const listed = await Promise.all(groups.map((group) => this.#listGroup(group, room)));
    return listed.flat();
  }

  async #listGroup(directories: readonly string[], room: number): Promise<Listed[]> {
    const results = await this.thread.batch((b) =>
      directories.map((path) => {
        const fd = b.open(below(this.root, path), O.RDONLY | O.DIRECTORY | O.NOFOLLOW);
        const result = { first: b.getdents(fd, room), second: b.getdents(fd, room) };
        b.close(fd);
        return result;
      }), this.options);
    const lists = directories.map((path, index) => {
      const { first, second } = results[index]!;
      return second.length === 0 ? named(path, first) : this.#listLarge(path);
    });
    return (await Promise.all(lists)).flat();
  }

  /** Lists a directory that has more entries than there was room for, from its start. */
  async #listLarge(path: string): Promise<Listed[]> {
    const place = below(this.root, path);
    const flags = O.RDONLY | O.DIRECTORY | O.NOFOLLOW;
    await using fd = await this.thread.open(place, flags, 0, this.options);
    const listed: Listed[] = [];
    for (;;) {
      const parts = await this.thread.batch(
        (b) => Array.from({ length: 4 }, () => b.getdents(fd, 2 * ROOM.most)),
        this.options,
      );
      for (const part of parts) listed.push(...named(path, part));
      if (parts.at(-1)!.length === 0) return listed;
    }
  }
}

function named(directory: string, entries: readonly DirectoryEntry[]): Listed[] {
  return entries.map(({ name, type }) => {
    if (name.includes("/")) {
      throw new RemoteProtocolError(`The host lists an entry named ${JSON.stringify(name)}`);
    }
    return { path: directory === "" ? name : `${directory}/${name}`, type };
  });
}
