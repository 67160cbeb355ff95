/** Tells each visitor which one he is, over HTTP. It runs on the service's host. */
import { createServer } from "node:http";
import { createConnection } from "node:net";
import { config, listen, ready, stopping } from "bailiwick/service";
import type { CounterConfig, Visit } from "./types.ts";

const { redis } = config<CounterConfig>();

const server = createServer(async (_request, response) => {
  try {
    const visit: Visit = { visitor: await count() };
    response.end(`${JSON.stringify(visit)}\n`);
  } catch (error) {
    response.writeHead(503).end(`${error}\n`);
  }
});
await listen(server);
stopping().addEventListener("abort", () => server.close());
await ready();

/** Adds one in Redis, and gives the sum. */
async function count(): Promise<number> {
  const connection = createConnection(redis);
  connection.write("INCR visitors\r\n");
  for await (const bytes of connection) return Number(`${bytes}`.slice(1));
  throw new Error("Redis has closed the connection");
}
