/**
 * The article's start of orderd, whose socket, directory and database end with the program; written anew, one line
 * after the other, for a system that outlives it.
 */
import { hold, inetSockaddr, keep, SOCK, type Thread } from "bailiwick";
import { main, thisMachine } from "bailiwick/cli";
import { Database, startOrderd } from "../../components/orderd/mod.ts";
import { startPositiond } from "../../components/positiond/mod.ts";

await main({
  name: "literal",
  topologies: { dev: { about: "on this machine", hosts: { shard: thisMachine } } },
  options: {
    data: { kind: "hostPath", about: "what is kept", required: true },
    anew: { kind: "number", about: "how many lines are written anew", default: 0 },
  },
  async system(nursery, { shard: { thread } }, { data, anew }) {
    const listening = () => listenOn(thread);
    const sock = anew < 1 ? await listening() : await hold(nursery, thread, "orders", listening);
    const directory = anew < 2
      ? await thread.mkdtemp("orders")
      : await keep(nursery, thread, "data", { at: data });
    const positiond = await startPositiond(nursery, thread, directory.join("positiond"));
    const path = directory.join("orders.db");
    const database = anew < 3 ? await Database.make(thread, path) : Database.open(thread, path);
    await startOrderd(nursery, thread, positiond, sock, database);
  },
});

async function listenOn(thread: Thread) {
  const address = inetSockaddr("127.0.0.1", 0);
  const sock = await thread.socket(address.family, SOCK.STREAM);
  await sock.bind(address);
  await sock.listen(1024);
  return sock;
}
