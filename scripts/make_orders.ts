/**
 * Makes the sample orders in `examples/`, with the answers and positions that they must lead to:
 *
 * - `orders.csv`: side, symbol, quantity, price; good orders and, about one in twelve, bad ones
 * - `orders.expected.txt`: per order `ACCEPT`, without the number, which depends on who else trades, or
 *   `REJECT` and the reason
 * - `positions.expected.csv`: symbol, quantity, by symbol, when the system held nothing before
 *
 * The same seed gives the same bytes. Usage: `deno run -RW scripts/make_orders.ts [--check]`
 *
 * @module
 */
import { parseArgs } from "node:util";

const SEED = 20241;
const COUNT = 4000;
const BAD_ONE_IN = 12;

/** A sequence of numbers from 0 to below 1 that the seed decides (mulberry32). */
type Random = () => number;

/** One order as text, and what must be answered. */
interface Sample {
  side: string;
  symbol: string;
  quantity: string;
  price: string;
  expected: string;
}

const OPENING_PRICES: Record<string, number> = {
  "ACME": 10.50,
  "AUK": 3.20,
  "BRK.B": 412.75,
  "CAIRN": 27.10,
  "DUNE": 88.00,
  "EWE": 1.05,
  "FJORD": 140.40,
  "GLEN": 61.35,
  "HEATH": 19.99,
  "ISLE.A": 250.00,
  "KNOLL": 7.77,
  "LOCH": 33.30,
  "MOOR": 5.55,
  "N225": 38000.00,
  "OX": 72.15,
  "PENNY": 0.0125,
  "QUAY": 44.44,
  "RIDGE": 96.05,
  "STRATH.PREF.": 101.25,
  "TARN": 12.34,
};

function makeRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function whole(random: Random, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}

function pick<T>(random: Random, all: readonly T[]): T {
  return all[Math.floor(random() * all.length)]!;
}

/** Makes good orders; prices wander from order to order. */
class Market {
  readonly #prices = new Map(Object.entries(OPENING_PRICES));
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  order(): Sample {
    const random = this.#random;
    const symbol = pick(random, [...this.#prices.keys()]);
    const price = Math.max(0.0001, this.#prices.get(symbol)! * (0.995 + random() * 0.01));
    this.#prices.set(symbol, price);
    const side = random() < 0.52 ? "BUY" : "SELL";
    return {
      side,
      symbol,
      quantity: String(this.#quantity()),
      price: price.toFixed(price < 1 ? 4 : 2),
      expected: "ACCEPT",
    };
  }

  #quantity(): number {
    const kind = this.#random();
    if (kind < 0.002) return pick(this.#random, [1, 1_000_000_000]);
    if (kind < 0.3) return whole(this.#random, 1, 99);
    return 100 * whole(this.#random, 1, 50);
  }
}

const SYMBOLS = { of: "symbol", expected: "1 to 12 of A-Z, 0-9 and '.'" };
const QUANTITIES = { of: "quantity", expected: "a whole number from 1 to 1000000000" };
const PRICES = {
  of: "price",
  expected:
    "a decimal above 0, such as 10.50, with at most 11 digits before the point and 4 after it",
};
const REQUESTS = { of: "request", expected: "BUY, SELL, HELP or QUIT" };

function bad(what: { of: string; expected: string }, word: string): string {
  const name = what.of === "request" ? "unknown request" : what.of;
  return `REJECT ${name} "${word}": expected ${what.expected}`;
}

/** Each way to spoil an order; the answer is the reason for the first thing that is wrong in it. */
const FAULTS: readonly ((good: Sample, random: Random) => Partial<Sample>)[] = [
  (_, random) => {
    const side = pick(random, ["HOLD", "buy", "SHORT", "B"]);
    return { side, expected: bad(REQUESTS, side) };
  },
  (good) => {
    const symbol = good.symbol.toLowerCase();
    return { symbol, expected: bad(SYMBOLS, symbol) };
  },
  (_, random) => {
    const symbol = pick(random, ["ACME-X", "LONGERTHAN12C", "A_B", "$DUNE"]);
    return { symbol, expected: bad(SYMBOLS, symbol) };
  },
  (_, random) => {
    const quantity = pick(random, ["0", "-5", "1.5", "1000000001", "ten", "1e3"]);
    return { quantity, expected: bad(QUANTITIES, quantity) };
  },
  (_, random) => {
    const price = pick(random, ["0", "0.0000", "-1.00", "10.12345", "market", "1.", ".5"]);
    return { price, expected: bad(PRICES, price) };
  },
  (good) => {
    const { side } = good;
    const example = `such as ${side} ACME 100 10.50`;
    return {
      quantity: "",
      expected: `REJECT expected four words, ${side} symbol quantity price, ${example}`,
    };
  },
  (_, random) => {
    const [quantity, price] = [pick(random, ["0", "many"]), "free"];
    return { quantity, price, expected: bad(QUANTITIES, quantity) };
  },
];

/** The sample of `count` orders that `seed` decides. */
export function makeOrders(seed: number, count: number): Sample[] {
  const random = makeRandom(seed);
  const market = new Market(random);
  return Array.from({ length: count }, () => {
    const good = market.order();
    const spoiled = random() * BAD_ONE_IN < 1;
    return spoiled ? { ...good, ...pick(random, FAULTS)(good, random) } : good;
  });
}

/** What is held of each symbol after those orders that must be accepted. */
export function positionsAfter(orders: readonly Sample[]): Map<string, number> {
  const positions = new Map<string, number>();
  for (const { side, symbol, quantity, expected } of orders) {
    if (expected !== "ACCEPT") continue;
    const change = side === "BUY" ? Number(quantity) : -Number(quantity);
    positions.set(symbol, (positions.get(symbol) ?? 0) + change);
  }
  return new Map([...positions].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function files(orders: readonly Sample[]): Record<string, string> {
  const lines = (all: string[]) => all.map((line) => `${line}\n`).join("");
  const rows = orders.map((order) =>
    [order.side, order.symbol, order.quantity, order.price].join(",")
  );
  const positions = [...positionsAfter(orders)].map((row) => row.join(","));
  return {
    "orders.csv": lines(["side,symbol,quantity,price", ...rows]),
    "orders.expected.txt": lines(orders.map((order) => order.expected)),
    "positions.expected.csv": lines(["symbol,quantity", ...positions]),
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
  for (const [name, text] of Object.entries(files(makeOrders(SEED, COUNT)))) {
    const path = new URL(`../examples/${name}`, import.meta.url);
    if (!values.check) await Deno.writeTextFile(path, text);
    else if (await Deno.readTextFile(path).catch(() => "") !== text) {
      console.error(`examples/${name} is not what scripts/make_orders.ts makes: run it`);
      Deno.exitCode = 1;
    }
  }
}

if (import.meta.main) await main();
