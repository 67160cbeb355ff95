/**
 * Which host has the books of which shard. They stay where they are: the directory `shard-2` of a host is that
 * of shard 2, whatever hosts are given besides, and in whatever order. Beside it, the file `shards` on each
 * host says where those of all shards are, so that one which is out of reach is missed.
 */
import type { Host, Path } from "bailiwick";
import { SHARDS_MAX } from "./orderd/mod.ts";

/** What a host has in its data directory. */
interface Shelf {
  readonly host: Host;
  readonly root: Path;
  readonly shards: ReadonlySet<number>;
  readonly record: string;
}

/**
 * The directories of the shards by their indices, made if they are new: `count`, and more if books of more
 * are there. New ones are on the given hosts in turn.
 *
 * @param roots The data directory on each host.
 * @throws {RangeError} If that is no number of shards.
 * @throws {Error} If the books of a shard are on none of the hosts, or on more than one.
 */
export async function openBooks(
  hosts: readonly Host[],
  roots: ReadonlyMap<Host, Path>,
  count: number,
): Promise<{ host: Host; data: Path }[]> {
  if (count < 1 || count > SHARDS_MAX) {
    throw new RangeError(`There may be 1 to ${SHARDS_MAX} shards, not ${count}`);
  }
  const shelves = await Promise.all(Array.from(roots, ([host, root]) => look(host, root)));
  const recorded = new Map(shelves.flatMap(({ record }) => parseRecord(record)));
  const known = [...recorded.keys(), ...shelves.flatMap(({ shards }) => [...shards])];
  const total = Math.max(count, ...known.map((index) => index + 1));
  const books = Array.from({ length: total }, (_, index) => {
    const host = keeper(index, shelves, recorded.get(index)) ?? hosts[index % hosts.length]!;
    return { host, data: roots.get(host)!.join(`shard-${index}`) };
  });
  const has = (host: Host, index: number) =>
    shelves.some((shelf) => shelf.host === host && shelf.shards.has(index));
  const unmade = books.filter(({ host }, index) => !has(host, index));
  await Promise.all(unmade.map(({ host, data }) => host.thread.mkdir(data, 0o700)));
  const record = books.map(({ host }, index) => `${index} ${host.name}\n`).join("");
  await Promise.all(
    shelves.filter((shelf) => shelf.record !== record).map(({ host, root }) => {
      return host.thread.writeFile(root.join("shards"), record, { atomic: true });
    }),
  );
  return books;
}

async function look(host: Host, root: Path): Promise<Shelf> {
  const entries = await host.thread.readDirectory(root);
  const names = entries.map(({ name }) => /^shard-(0|[1-9]\d{0,2})$/.exec(name)?.[1]);
  const shards = new Set(names.filter((name) => name !== undefined).map(Number));
  const record = entries.some(({ name }) => name === "shards")
    ? await host.thread.readTextFile(root.join("shards"))
    : "";
  return { host, root, shards, record };
}

function parseRecord(record: string): [index: number, host: string][] {
  return Array.from(record.matchAll(/^(\d+) (.+)$/gm), ([, index, host]) => [Number(index), host!]);
}

/** The host that has the books of a shard; undefined: it is new. */
function keeper(
  index: number,
  shelves: readonly Shelf[],
  recorded: string | undefined,
): Host | undefined {
  const keepers = shelves.filter(({ shards }) => shards.has(index)).map(({ host }) => host);
  if (keepers.length === 1) return keepers[0];
  if (keepers.length > 1) {
    const names = keepers.map(({ name }) => name);
    const host = keepers.find(({ name }) => name === recorded);
    if (host !== undefined) return host;
    throw new Error(
      `The books of shard ${index} are on ${names.join(" and ")}: remove those that are a copy`,
    );
  }
  if (recorded === undefined) return undefined;
  throw new Error(
    `The books of shard ${index} are missing: they are on host ${recorded}, in the directory ` +
      `shard-${index} of the data. No other shard may have its symbols: name that host too`,
  );
}
