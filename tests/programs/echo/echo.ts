/** A service in TypeScript that says what it was given. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import process from "node:process";
import { config, listen, ready, stopping } from "bailiwick/service";
import type { EchoConfig, EchoReport } from "./types.ts";

const { greeting } = config<EchoConfig>();

async function report(): Promise<EchoReport> {
  const page = await readFile(new URL("./page.txt", import.meta.url), "utf8");
  const refused = await readFile("/etc/passwd").then(() => undefined, (error) => error.message);
  return { greeting, page, runtime: "deno" in process.versions ? "deno" : "node", refused };
}

const server = createServer((_request, response) => {
  report().then(
    (report) => response.end(JSON.stringify(report)),
    (error) => response.writeHead(500).end(`${error}`),
  );
});
stopping().addEventListener("abort", () => {
  server.close();
  server.closeAllConnections();
});
await listen(server, "http");
await ready();
