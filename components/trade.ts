/** Sending a file of orders to a running system. */
import type { OrderClient } from "./orderd/mod.ts";

/** An order that was sent and what was answered. */
export interface Traded {
  readonly order: string;
  readonly answer: string;
}

/** Orders that may be unanswered at once; gatewayd takes as many from one client. */
const WINDOW = 64;

/**
 * The orders in a text: lines of orderd's protocol, or CSV with the columns side, symbol, quantity and
 * price, told apart by the heading. Empty lines are left out.
 */
export function parseOrders(text: string): string[] {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, "")).filter((line) =>
    line !== ""
  );
  if (!/^side,symbol,quantity,price$/i.test(lines[0] ?? "")) return lines;
  return lines.slice(1).map((line) => line.split(",").join(" "));
}

/** Sends orders, keeping some in flight, and gives each with its answer, in their order. */
export async function* trade(
  client: OrderClient,
  orders: readonly string[],
): AsyncGenerator<Traded> {
  const inFlight: Promise<Traded>[] = [];
  for (const order of orders) {
    if (inFlight.length === WINDOW) yield await inFlight.shift()!;
    const traded = client.send(order).then((answer) => ({ order, answer }));
    traded.catch(() => {});
    inFlight.push(traded);
  }
  for (const traded of inFlight) yield await traded;
}
