/**
 * orderd takes orders as lines of text on a TCP socket, stores those that it accepts in SQLite, and
 * tells positiond. What it has acknowledged is on disk.
 */
import {
  type FileDescriptor,
  type Nursery,
  seconds,
  type Sockaddr,
  startService,
  type Thread,
} from "bailiwick";
import type { Positiond } from "../positiond/mod.ts";
import { type Database, orderdCommand, shardArguments } from "./database.ts";

export {
  type Connection,
  OrderClient,
  OrdersNotTakenError,
  OrdersUnansweredError,
} from "./client.ts";
export { Database, orderdPackage, type ShardPlace, SHARDS_MAX } from "./database.ts";

/** A running orderd, and all that a client needs to use it. */
export interface Orderd {
  /** Where it takes orders; a connection made now is served. */
  readonly address: Sockaddr;
}

/**
 * Starts orderd; returns once it serves.
 *
 * @param positiond On the host of `thread`, since the two share memory.
 * @param listeningSock A listening TCP socket of `thread`; connections that it gets before orderd is
 * ready wait in its backlog.
 * @param database On the host of `thread`; no other orderd may use it meanwhile. It is prepared first.
 * @param options.name What tables and failures call it.
 */
export async function startOrderd(
  nursery: Nursery,
  thread: Thread,
  positiond: Positiond,
  listeningSock: FileDescriptor,
  database: Database,
  options: { name?: string } = {},
): Promise<Orderd> {
  positiond.workdir.checkHost(thread.host);
  database.path.checkHost(thread.host);
  const command = (await orderdCommand(thread)).args(
    ...["--listen-fd", LISTEN, "--ready-fd", READY, "--handover"],
    ...["--database", database.path, "--positiond", positiond.workdir],
    ...shardArguments(database.shard),
  );
  const address = await listeningSock.getsockname();
  const fds = { [LISTEN]: listeningSock };
  await startService(nursery, thread, command, {
    ...options,
    fds,
    before: () => database.prepare(),
    ready: READY,
    // Two cannot have one database: the new one is prepared when it waits for that alone.
    replace: { overlap: "prepared", drain: { grace: DRAIN } },
    address: `${address}`,
    uses: [positiond],
  });
  return { address };
}

/** Longer than it takes to answer what it has read. */
const DRAIN = seconds(10);
const READY = 3;
const LISTEN = 4;
