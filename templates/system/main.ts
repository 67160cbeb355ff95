/** The program: where the system can run, and what its user may say. */
import { keep } from "bailiwick";
import { givenHost, main, thisMachine } from "bailiwick/cli";
import { missingForRedis } from "./redis/mod.ts";
import { startSystem } from "./system.ts";

await main({
  name: "my-system",
  description: "Counts visitors",
  topologies: {
    dev: { about: "on this machine", hosts: { server: thisMachine } },
    prod: { about: "on a host behind ssh", hosts: { server: givenHost } },
  },
  options: {
    port: { kind: "port", about: "where it listens; 0 chooses a free port", default: 8080 },
    data: { kind: "hostPath", value: "dir", about: "keeps the count here; else it begins anew" },
  },
  async system(nursery, { server: { thread } }, { port, data }) {
    const where = data === undefined ? { temporary: true } : { at: data };
    const directory = await keep(nursery, thread, "data", where);
    const { address } = await startSystem(nursery, thread, directory, port);
    const { name } = thread.host;
    return { json: { address }, text: `Try on ${name}:\n  curl http://${address}/` };
  },
  check: ({ thread }) => missingForRedis(thread),
});
