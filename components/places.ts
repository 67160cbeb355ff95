/** Which host each service of the example gets, in the roles that its topologies have. */
import { type Host, keep, type Nursery, type Path } from "bailiwick";
import { openBooks } from "./books.ts";
import { gatewaydPackage } from "./gatewayd/mod.ts";
import { orderdPackage } from "./orderd/mod.ts";
import { positiondPackage } from "./positiond/mod.ts";
import type { Place, TradingTopology } from "./trading.ts";

/** The hosts of the example by the parts that they play. */
export interface TradingHosts {
  readonly front: Host;
  /** Those that shards are on, in turn; several shards may share one. */
  readonly shard: readonly Host[];
}

/** What its user decides of the places. */
export interface PlaceOptions {
  /** The port that clients connect to; 0 to have one chosen. */
  readonly port: number;
  /** The directory on each host that keeps what is to be kept; else a temporary one. */
  readonly data: string | undefined;
  /** How many shards take new symbols. There are more if there are books of more. */
  readonly shards?: number | undefined;
}

/**
 * The places of the services, with a directory made for each shard.
 *
 * @throws {Error} If the books of a shard are on none of the hosts.
 */
export async function placesOn(
  nursery: Nursery,
  { front, shard }: TradingHosts,
  { port, data, shards: count = shard.length }: PlaceOptions,
): Promise<TradingTopology> {
  const roots = new Map<Host, Path>();
  for (const host of new Set(shard)) roots.set(host, await rootOn(nursery, host, data));
  const books = await openBooks(shard, roots, count);
  return {
    front: { thread: front.thread, address: addressOf(front), port },
    shards: books.map(({ host, data }): Place => ({
      thread: host.thread,
      address: addressOf(host),
      data,
    })),
    count,
  };
}

/** Daemons that were not built for a host's architecture. */
export async function missingPackages({ info }: Host): Promise<string[]> {
  const packages = [positiondPackage, orderdPackage, gatewaydPackage];
  const built = await Promise.all(packages.map((source) => source.isBuiltFor(info.arch)));
  return packages.filter((_, index) => !built[index])
    .map(({ name }) => `${name} for ${info.arch}`);
}

/** A directory that stays the same while the program runs; a given one, for longer. */
function rootOn(nursery: Nursery, { name, thread }: Host, data: string | undefined): Promise<Path> {
  const options = data === undefined ? { temporary: true } : { at: data };
  return keep(nursery, thread, `books on ${name}`, options);
}

/** The address by which a host was reached, as its sshd tells the session: ssh(1), SSH_CONNECTION. */
function addressOf({ info }: Host): string {
  return info.environment["SSH_CONNECTION"]?.split(" ")[2] ?? "127.0.0.1";
}
