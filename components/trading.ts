/**
 * The example system: order entry, sharded by symbol. These functions are the whole of its wiring; which
 * thread each service gets is their caller's decision.
 */
import {
  hold,
  inetSockaddr,
  keep,
  type Nursery,
  type Path,
  type Policy,
  SO,
  SOCK,
  SOL,
  starting,
  supervise,
  type Thread,
} from "bailiwick";
import { type Gatewayd, startGatewayd } from "./gatewayd/mod.ts";
import { Database, type Orderd, type ShardPlace, startOrderd } from "./orderd/mod.ts";
import { type Positiond, startPositiond } from "./positiond/mod.ts";

/** Where a service runs and is reached. */
export interface Place {
  readonly thread: Thread;
  /** The address of its host that the others can reach, as "10.0.0.7" or "fd00::7". */
  readonly address: string;
  /** A directory of its own there, for what is to be kept; made if it is missing. */
  readonly data: Path;
}

/** Which place each service gets. */
export interface TradingTopology {
  /** Where clients connect, with the port: 0 to have one chosen. */
  readonly front: Omit<Place, "data"> & { readonly port: number };
  /** One orderd and one positiond each, by the shards' indices: all that have symbols, and those to come. */
  readonly shards: readonly Place[];
  /** How many of the shards take new symbols: those before the others. Else all. */
  readonly count?: number;
}

/** One orderd with its positiond. */
export interface Shard {
  readonly orderd: Orderd;
  readonly positiond: Positiond;
}

/** What its user decides besides. */
export interface TradingOptions {
  /** What is done about what fails in a shard; else as {@linkcode supervise} does. */
  readonly policy?: Policy;
}

/** The running system. */
export interface Trading {
  readonly gatewayd: Gatewayd;
  readonly shards: readonly Shard[];
}

/** Starts the whole system, its shards at the same time; returns once it trades. */
export function startTrading(
  nursery: Nursery,
  topology: TradingTopology,
  options: TradingOptions = {},
): Promise<Trading> {
  return starting("startTrading", () => startAll(nursery, topology, options));
}

async function startAll(
  nursery: Nursery,
  { front, shards, count = shards.length }: TradingTopology,
  options: TradingOptions,
): Promise<Trading> {
  const pairs = await all(
    shards.map((place, index) => startShard(nursery, place, { index, count }, options)),
  );
  const { thread, address, port } = front;
  const sock = await hold(nursery, thread, "front", () => listenOn(thread, address, port));
  const orderds = pairs.map(({ orderd }) => orderd);
  const gatewayd = await startGatewayd(nursery, thread, orderds, sock, { count });
  return { gatewayd, shards: pairs };
}

/**
 * Starts one shard, with the books that an earlier run left in its place. It is a scope: what dies in it is
 * started again, and nothing else is touched.
 *
 * @param shard Its place among the others; else it is alone, and takes all symbols.
 * @throws {ScopeError} If those are the books of another shard.
 */
export function startShard(
  nursery: Nursery,
  place: Place,
  shard?: ShardPlace,
  options: TradingOptions = {},
): Promise<Shard> {
  const name = `shard-${shard?.index ?? 0}`;
  const start = (nursery: Nursery) => startPair(nursery, place, shard);
  return starting("startShard", () => supervise(nursery, name, start, options));
}

async function startPair(
  nursery: Nursery,
  { thread, address, data }: Place,
  shard: ShardPlace | undefined,
): Promise<Shard> {
  const books = await keep(nursery, thread, "books", { at: data });
  const sock = await hold(nursery, thread, "orders", () => listenOn(thread, address, 0));
  const positiond = await startPositiond(nursery, thread, books.join("positiond"));
  const database = Database.open(thread, books.join("orders.db"), shard);
  const orderd = await startOrderd(nursery, thread, positiond, sock, database);
  return { orderd, positiond };
}

async function listenOn(thread: Thread, host: string, port: number) {
  const address = inetSockaddr(host, port);
  const sock = await thread.socket(address.family, SOCK.STREAM);
  await sock.setsockopt(SOL.SOCKET, SO.REUSEADDR, 1);
  await sock.bind(address);
  await sock.listen(1024);
  return sock;
}

/** Waits for all, also when one fails: a start that goes on must not outlive the failure. */
async function all<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}
