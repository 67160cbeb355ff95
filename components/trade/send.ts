/** Sending orders to a running system. */
import type { OrderClient } from "../orderd/mod.ts";

/** An order that was sent and what was answered. */
export interface Traded {
  readonly order: string;
  readonly answer: string;
}

/** Orders that may be unanswered at once; gatewayd takes as many from one client. */
const WINDOW = 64;

/** Sends orders, keeping some in flight, and gives each with its answer, in their order. */
export async function* send(
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
