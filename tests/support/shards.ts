/** Orderds, each a shard, and gatewayds in front of them, that tests start and end one by one. */
import assert from "node:assert/strict";
import {
  AF,
  type FileDescriptor,
  Nursery,
  type Path,
  SO,
  SOCK,
  type Sockaddr,
  SockaddrIn,
  SOL,
  type Thread,
} from "bailiwick";
import { startGatewayd } from "../../components/gatewayd/mod.ts";
import { Database, OrderClient, startOrderd } from "../../components/orderd/mod.ts";
import { type Positiond, startPositiond } from "../../components/positiond/mod.ts";
import { storedOrders } from "./books.ts";

/** The shard that a new symbol goes to: FNV-1a over 16 bytes, folded, modulo the count. */
export function homeOf(symbol: string, count: number): number {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(symbol.padEnd(16, "\0"))) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return Number((hash ^ (hash >> 32n)) % BigInt(count));
}

/** A part of a system in a nursery of its own, which ends when it is disposed of. */
export class Standing<T> implements AsyncDisposable {
  readonly value: T;
  readonly #end: () => Promise<void>;

  private constructor(value: T, end: () => Promise<void>) {
    this.value = value;
    this.#end = end;
  }

  /** Starts it; what fails later is thrown where it is disposed of. */
  static async start<T>(body: (nursery: Nursery) => Promise<T>): Promise<Standing<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<Standing<T>>();
    const over = Nursery.run(async (nursery) => {
      const value = await body(nursery);
      resolve(
        new Standing(value, async () => {
          nursery.cancel();
          await over;
        }),
      );
    });
    over.catch(reject);
    return await promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}

/** A gatewayd with a client. */
export interface Gateway extends AsyncDisposable {
  /** Sends an order for one of a symbol. */
  buy(symbol: string): Promise<string>;
}

/** Shards whose sockets, databases and positiond outlive each orderd. */
export class Shards implements AsyncDisposable {
  readonly #nursery: Nursery;
  readonly #thread: Thread;
  readonly #directory: Path;
  readonly #socks: FileDescriptor[] = [];
  readonly #positionds: Positiond[] = [];
  readonly #orderds: (Standing<unknown> | undefined)[] = [];
  readonly #addresses: Sockaddr[] = [];

  constructor(nursery: Nursery, thread: Thread, directory: Path) {
    this.#nursery = nursery;
    this.#thread = thread;
    this.#directory = directory;
  }

  /** How many there have been. */
  get length(): number {
    return this.#socks.length;
  }

  /** The database of a shard. */
  path(index: number): Path {
    return this.#directory.join(`${index}.db`);
  }

  /** Starts the orderd of a shard, or replaces it: connections wait meanwhile. */
  async run(index: number, count: number): Promise<void> {
    await this.stop(index);
    while (this.length <= index) await this.#add();
    const database = Database.open(this.#thread, this.path(index), { index, count });
    const [positiond, sock] = [this.#positionds[index]!, this.#socks[index]!];
    this.#orderds[index] = await Standing.start((nursery) =>
      startOrderd(nursery, this.#thread, positiond, sock, database, { name: `orderd-${index}` })
    );
  }

  /** Starts, or replaces, the orderds of all shards, one after the other. */
  async runAll(count: number): Promise<void> {
    const total = Math.max(count, this.length);
    for (let index = 0; index < total; index++) await this.run(index, count);
  }

  async stop(index: number): Promise<void> {
    await this.#orderds[index]?.[Symbol.asyncDispose]();
    this.#orderds[index] = undefined;
  }

  /** Starts a gatewayd in front of all shards. */
  gateway(count: number): Promise<Gateway> {
    return gatewayTo(this.#thread, this.#addresses, count);
  }

  /** A client of one of the orderds. */
  client(index: number): Promise<OrderClient> {
    return clientOf(this.#addresses[index]!);
  }

  /** The symbols that each database has. */
  symbols(): Set<string>[] {
    return this.#socks.map((_, index) =>
      new Set(storedOrders(`${this.path(index)}`).map(({ symbol }) => symbol))
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const index of this.#orderds.keys()) await this.stop(index);
    for (const sock of this.#socks) await sock.close();
  }

  async #add(): Promise<void> {
    const directory = this.#directory.join(`positiond-${this.length}`);
    const options = { name: `positiond-${this.length}` };
    this.#positionds.push(await startPositiond(this.#nursery, this.#thread, directory, options));
    const sock = await listen(this.#thread);
    this.#socks.push(sock);
    this.#addresses.push(await sock.getsockname());
  }
}

/** Starts a gatewayd in front of what listens at some addresses. */
export async function gatewayTo(
  thread: Thread,
  addresses: readonly Sockaddr[],
  count: number,
): Promise<Gateway> {
  const sock = await listen(thread);
  const orderds = addresses.map((address) => ({ address }));
  const standing = await Standing.start((nursery) =>
    startGatewayd(nursery, thread, orderds, sock, { count })
  );
  await sock.close();
  const client = await clientOf(standing.value.address);
  return {
    buy: (symbol) => client.send(`BUY ${symbol} 1 1`),
    async [Symbol.asyncDispose]() {
      await client.close();
      await standing[Symbol.asyncDispose]();
    },
  };
}

async function listen(thread: Thread): Promise<FileDescriptor> {
  const sock = await thread.socket(AF.INET, SOCK.STREAM);
  await sock.setsockopt(SOL.SOCKET, SO.REUSEADDR, 1);
  await sock.bind(new SockaddrIn("127.0.0.1", 0));
  await sock.listen(1024);
  return sock;
}

/** A client of what listens at an address of this machine. */
export async function clientOf(address: Sockaddr): Promise<OrderClient> {
  assert.ok("port" in address);
  return await OrderClient.connect(address);
}

/** No symbol is in two databases. */
export function assertDisjoint(shards: readonly ReadonlySet<string>[]): void {
  const all = shards.flatMap((symbols) => [...symbols]);
  const twice = all.filter((symbol, index) => all.indexOf(symbol) !== index);
  assert.deepEqual(twice, []);
}
