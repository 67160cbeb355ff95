/** Greets over HTTP: a service in TypeScript. */
import { createServer } from "node:http";
import { config, listen, ready, stopping } from "bailiwick/service";
import type { GreeterConfig, Greeting } from "./types.ts";

const { greeting } = config<GreeterConfig>();
const server = createServer((_request, response) => {
  const answer: Greeting = { text: greeting };
  response.end(JSON.stringify(answer));
});
await listen(server);
stopping().addEventListener("abort", () => server.close());
await ready();
