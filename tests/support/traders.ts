/** Clients that trade without pause, and remember what was acknowledged. */
import { type Milliseconds, systemClock } from "bailiwick";
import { OrderClient, OrdersNotTakenError } from "../../components/orderd/mod.ts";

/** An order whose acceptance was acknowledged. */
export interface Acknowledged {
  readonly id: number;
  readonly side: "BUY" | "SELL";
  readonly symbol: string;
  readonly quantity: number;
}

const SYMBOLS = ["ACME", "WIDG", "GIZMO", "BOLT", "NUT"];

/** What a gateway answers when a shard has died before it. */
const SHARD_LOST = /^REJECT (unknown: the connection to )?shard \d+ /;

/** Where traders connect. */
export interface Address {
  readonly address?: string;
  readonly port: number;
}

/** How traders trade. */
export interface TradersOptions {
  /**
   * Whether they go on with the next order when it is not known whether one was taken, or it was not.
   *
   * @default false
   */
  readonly goOn?: boolean;
  /**
   * How long each waits between its orders.
   *
   * @default 0
   */
  readonly pace?: Milliseconds;
}

/** Traders on one orderd, each with one order in flight. They connect again when they are told to. */
export class Traders {
  readonly acknowledged: Acknowledged[] = [];
  /** How often orders were not taken by one that stops, and were sent again. */
  moves = 0;
  /** Orders without an answer when their connection ended, or that could not be sent again. */
  lost = 0;
  /** Orders that a gateway could not bring to their shard, or of which it does not know. */
  rejected = 0;
  /** Connections that were refused; their traders have ended. */
  refused = 0;
  readonly #seed: number;
  readonly #options: TradersOptions;
  readonly #milestones: { count: number; reached: () => void }[] = [];
  #running: Promise<void>[] = [];
  #stopping = false;

  constructor(seed: number, options: TradersOptions = {}) {
    this.#seed = seed;
    this.#options = options;
  }

  /** Connects this many clients and lets them trade. */
  async start(address: Address, clients: number): Promise<void> {
    for (let i = 0; i < clients; i++) {
      const client = await OrderClient.connect(address);
      this.#running.push(this.#trade(client, address, i));
    }
  }

  /** Settles when this many orders have been acknowledged. */
  reached(count: number): Promise<void> {
    if (this.acknowledged.length >= count) return Promise.resolve();
    return new Promise((reached) => this.#milestones.push({ count, reached }));
  }

  /** Stops after the orders in flight, or when the connections end. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#running);
    this.#running = [];
  }

  async #trade(first: OrderClient, address: Address, index: number): Promise<void> {
    const { goOn = false, pace = 0 } = this.#options;
    let client: OrderClient | undefined = first;
    for (let i = 0; client && !this.#stopping; i++) {
      const order = this.#order(index * 1_000_003 + i);
      const line = `${order.side} ${order.symbol} ${order.quantity} 10.50`;
      let answer = await ask(client, line);
      while (client && answer === NOT_TAKEN) {
        this.moves++;
        client = await this.#connectAgain(client, address);
        answer = client && await ask(client, line);
      }
      if (typeof answer === "string") {
        const isTaken = this.#take(order, line, answer);
        if (!isTaken && !goOn) break;
      } else {
        this.lost++;
        if (client && !goOn) break;
        client = client && await this.#connectAgain(client, address);
      }
      if (pace > 0) await systemClock.sleep(pace);
    }
    await client?.close();
  }

  async #connectAgain(client: OrderClient, address: Address): Promise<OrderClient | undefined> {
    await client.close();
    try {
      return await OrderClient.connect(address);
    } catch {
      this.refused++;
      return undefined;
    }
  }

  /** Whether an order was accepted, and not refused by a shard that is down. */
  #take(order: Omit<Acknowledged, "id">, line: string, answer: string): boolean {
    if (SHARD_LOST.test(answer)) {
      this.rejected++;
      return false;
    }
    const id = /^ACCEPT (\d+)$/.exec(answer)?.[1];
    if (id === undefined) throw new Error(`${line} was answered: ${answer}`);
    this.#acknowledge({ ...order, id: Number(id) });
    return true;
  }

  #acknowledge(order: Acknowledged): void {
    this.acknowledged.push(order);
    for (const { count, reached } of this.#milestones) {
      if (count === this.acknowledged.length) reached();
    }
  }

  #order(index: number): Omit<Acknowledged, "id"> {
    const random = hash(this.#seed + index);
    const side = random % 3 === 0 ? "SELL" : "BUY";
    return { side, symbol: SYMBOLS[random % SYMBOLS.length]!, quantity: 1 + random % 997 };
  }
}

const NOT_TAKEN = Symbol();

/** The answer; undefined if it is not known whether the order was taken. */
async function ask(
  client: OrderClient,
  line: string,
): Promise<string | typeof NOT_TAKEN | undefined> {
  try {
    return await client.send(line);
  } catch (error) {
    return error instanceof OrdersNotTakenError ? NOT_TAKEN : undefined;
  }
}

/** A number that looks random but is the same each time: the finaliser of MurmurHash3. */
export function hash(seed: number): number {
  let x = seed >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
