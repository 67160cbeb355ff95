/** What orderd's database and positiond say, to be compared. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { SHARDS_MAX } from "../../components/orderd/mod.ts";
import type { Positiond } from "../../components/positiond/mod.ts";
import type { Acknowledged } from "./traders.ts";

/** Asks a positiond on this machine, once it has applied order `id`. */
export function positionsAfter(
  positiond: Pick<Positiond, "workdir">,
  id: number,
): Promise<Record<string, number>> {
  return askPositions(`${positiond.workdir.join("positions.sock")}`, `WAIT ${id}\n`);
}

/** Asks a positiond whose socket is at `path`. */
export async function askPositions(
  path: string,
  first = "",
): Promise<Record<string, number>> {
  const lines = (await ask(path, first)).split("\n").map((line) => line.split(" "));
  const positions = lines.filter(([word]) => word === "POSITION");
  return Object.fromEntries(positions.map(([, symbol, total]) => [symbol!, Number(total)]));
}

/** How many orders the positiond whose socket is at `path` has applied. */
export async function appliedOrders(path: string): Promise<number> {
  return Number(/^END applied=(\d+)/m.exec(await ask(path))![1]);
}

async function ask(path: string, first = ""): Promise<string> {
  const connection = await Deno.connect({ transport: "unix", path });
  await connection.write(new TextEncoder().encode(`${first}POSITIONS\nQUIT\n`));
  return await new Response(connection.readable).text();
}

/** A row of the database. */
export interface Row {
  readonly id: number;
  readonly side: string;
  readonly symbol: string;
  readonly quantity: number;
}

/** All orders in a database, which must be whole. */
export function storedOrders(path: string): Row[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    assert.deepEqual({ ...database.prepare("PRAGMA integrity_check").get() }, {
      integrity_check: "ok",
    });
    const query = "SELECT id, side, symbol, quantity FROM orders ORDER BY id";
    return database.prepare(query).all().map((row) => ({ ...row }) as unknown as Row);
  } finally {
    database.close();
  }
}

/** Every acknowledged order is stored once, as it was sent, and no id was given twice. */
export function assertStored(acknowledged: readonly Acknowledged[], rows: readonly Row[]): void {
  const byId = new Map(rows.map((row) => [row.id, row]));
  assert.equal(byId.size, rows.length);
  assert.equal(new Set(acknowledged.map(({ id }) => id)).size, acknowledged.length);
  for (const { id, side, symbol, quantity } of acknowledged) {
    assert.deepEqual(byId.get(id), { id, side, symbol, quantity });
  }
}

/** The sum over the orders for each symbol. */
export function totals(rows: readonly Row[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { side, symbol, quantity } of rows) {
    sums[symbol] = (sums[symbol] ?? 0) + (side === "BUY" ? quantity : -quantity);
  }
  return sums;
}

/**
 * Every acknowledged order is stored once in one of the shards, whose positions are those of its orders, and
 * no symbol is in two.
 *
 * @param directories The books of all shards by their indices, as they are seen from here.
 */
export async function compareShards(
  acknowledged: readonly Acknowledged[],
  directories: readonly string[],
): Promise<void> {
  const shards = await Promise.all(directories.map(ordersIn));
  const numbered = shards.map((rows, index) =>
    rows.map((row) => ({ ...row, id: (row.id - 1) * SHARDS_MAX + index + 1 }))
  );
  assertStored(acknowledged, numbered.flat());
  const symbols = shards.flatMap((rows) => [...new Set(rows.map(({ symbol }) => symbol))]);
  assert.equal(new Set(symbols).size, symbols.length);
  for (const [index, rows] of shards.entries()) {
    const wait = rows.length === 0 ? "" : `WAIT ${rows.at(-1)!.id}\n`;
    const positions = await askPositions(`${directories[index]}/positiond/positions.sock`, wait);
    assert.deepEqual(positions, totals(rows));
  }
}

/** The orders in a database that may be on another host, into whose files SQLite finds no way. */
async function ordersIn(directory: string): Promise<Row[]> {
  const copy = await Deno.makeTempDir();
  try {
    for await (const { name } of Deno.readDir(directory)) {
      if (!/^orders\.db(-wal)?$/.test(name)) continue;
      await Deno.copyFile(`${directory}/${name}`, `${copy}/${name}`);
    }
    return storedOrders(`${copy}/orders.db`);
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}
