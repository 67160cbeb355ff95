/** front answers over HTTP with what greetd says. */
import { createServer } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { config, listen, ready } from "bailiwick/service";
import { type Answer, type FrontConfig, LISTEN } from "./types.ts";

const { hostname, port } = config<FrontConfig>();

const server = createServer(async (_request, response) => {
  const answer: Answer = { greeting: await text(connect(port, hostname)) };
  response.end(JSON.stringify(answer));
});
await listen(server, LISTEN);
await ready();
