/** The service that is measured: it serves HTTP, and says that it is ready, to whoever listens. */
import { createServer } from "node:http";
import { ready } from "bailiwick/service";

createServer((_request, response) => response.end()).listen(0, "127.0.0.1", () => {
  ready().then(() => console.log("ready"));
});
