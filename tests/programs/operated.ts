/** A system whose services do little: for what an operator does to them. */
import {
  again,
  ask,
  Command,
  type Nursery,
  onFailure,
  type Service,
  startService,
  supervise,
  type Thread,
} from "bailiwick";
import { main, thisMachine } from "bailiwick/cli";

const SAYS = 'echo "$0 is here"; exec sleep 1000';

/** Fails, as one without its data, if the database is bad. */
async function startOrderd(
  nursery: Nursery,
  thread: Thread,
  database: string,
  size: number,
): Promise<Service> {
  const isBad = database === "/bad";
  const script = isBad ? "echo no database; exit 3" : SAYS;
  const command = new Command("sh", ["-c", script, `orderd-${size}`]);
  const service = await startService(nursery, thread, command, { name: "orderd" });
  if (isBad) await service.ended;
  return service;
}

await main({
  name: "operated",
  topologies: { dev: { about: "all on this machine", hosts: { host: thisMachine } } },
  options: {
    asks: { kind: "flag", about: "have the scope orders find no database, and ask" },
    patient: { kind: "flag", about: "start again what fails, at once and for ever" },
  },
  repl: { startOrderd },
  async system(nursery, { host: { thread } }, { asks, patient }) {
    const policy = asks
      ? () => ask("orderd has no database")
      : patient
      ? () => again()
      : onFailure();
    const all = async (nursery: Nursery) => {
      const start = (name: string, uses: readonly unknown[] = []) =>
        startService(nursery, thread, new Command("sh", ["-c", SAYS, name]), { name, uses });
      const cache = await start("cache");
      const orders = await supervise(
        nursery,
        "orders",
        (nursery, { database, size }) => startOrderd(nursery, thread, database, size),
        { arguments: { database: asks ? "/bad" : "/good", size: 1 }, policy },
      );
      await start("front", [orders, cache]);
    };
    if (patient) await supervise(nursery, "all", all, { policy });
    else await all(nursery);
  },
});
