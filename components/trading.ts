/**
 * The example system: order entry. This function is the whole of its wiring; which thread each service
 * gets is its caller's decision.
 */
import {
  AF,
  type Nursery,
  type Path,
  SO,
  SOCK,
  type SockaddrIn,
  SOL,
  type Thread,
} from "bailiwick";
import { Database, type Orderd, startOrderd } from "./orderd/mod.ts";
import { type Positiond, startPositiond } from "./positiond/mod.ts";

/** What the example system needs to know. */
export interface TradingOptions {
  /** Where orderd takes orders. */
  readonly listen: SockaddrIn;
  /** Keeps the database and the positions, from run to run. */
  readonly data: Path;
}

/** The running system. */
export interface Trading {
  /** Where it takes orders. */
  readonly address: Orderd["address"];
  readonly positiond: Positiond;
}

/** Starts the system; returns once it trades. */
export async function startTrading(
  nursery: Nursery,
  thread: Thread,
  { listen, data }: TradingOptions,
): Promise<Trading> {
  await thread.mkdir(data, 0o700, { existing: "ok" });
  const positiond = await startPositiond(nursery, thread, data.join("positiond"));
  const sock = await thread.socket(AF.INET, SOCK.STREAM);
  await sock.setsockopt(SOL.SOCKET, SO.REUSEADDR, 1);
  await sock.bind(listen);
  await sock.listen(1024);
  const database = await makeOrRecover(thread, data.join("orders.db"));
  const orderd = await startOrderd(nursery, thread, positiond, sock, database);
  await sock.close();
  return { address: orderd.address, positiond };
}

async function makeOrRecover(thread: Thread, path: Path): Promise<Database> {
  if (await exists(thread, path)) return await Database.recover(path);
  return await Database.make(thread, path);
}

async function exists(thread: Thread, path: Path): Promise<boolean> {
  const entries = await thread.readDirectory(path.parent);
  return entries.some(({ name }) => name === path.name);
}
