/**
 * What a service in TypeScript or JavaScript imports to take what it was given: its sockets, what the
 * program tells it, and the word that it is ready. It runs on Deno and on Node.js, needs no permission,
 * and takes nothing else of the library with it.
 *
 * @example
 * ```ts no-eval
 * import { createServer } from "node:http";
 * import { config, listen, ready, stopping } from "bailiwick/service";
 *
 * interface GreeterConfig {
 *   readonly greeting: string;
 * }
 *
 * const { greeting } = config<GreeterConfig>();
 * const server = createServer((_request, response) => response.end(greeting));
 * await listen(server);
 * stopping().addEventListener("abort", () => server.close());
 * await ready();
 * ```
 *
 * @module
 */
export { config } from "./config.ts";
export { ready } from "./ready.ts";
export { listen, socket } from "./sockets.ts";
export { stopping } from "./stopping.ts";
export { CONFIG, READY, SOCKET_VARIABLES } from "./variables.ts";
