/** A system whose services do little: for what an operator does to them. */
import { again, ask, Command, type Nursery, onFailure, startService, supervise } from "bailiwick";
import { main, thisMachine } from "bailiwick/cli";

const SAYS = 'echo "$0 is here"; exec sleep 1000';

await main({
  name: "operated",
  topologies: { dev: { about: "all on this machine", hosts: { host: thisMachine } } },
  options: {
    asks: { kind: "flag", about: "have the scope orders ask" },
    patient: { kind: "flag", about: "start again what fails, at once and for ever" },
  },
  async system(nursery: Nursery, { host: { thread } }, { asks, patient }) {
    if (patient) return await supervise(nursery, "all", all, { policy: () => again() });
    await all(nursery);

    async function all(nursery: Nursery) {
      const start = (nursery: Nursery, name: string, uses: readonly unknown[] = []) =>
        startService(nursery, thread, new Command("sh", ["-c", SAYS, name]), { name, uses });
      const cache = await start(nursery, "cache");
      const orders = await supervise(nursery, "orders", async (nursery, { database, size }) => {
        const words = asks && database === "/bad"
          ? ["-c", "echo no database; exit 3"]
          : ["-c", SAYS];
        const orderd = new Command("sh", [...words, `orderd-${size}`]);
        const service = await startService(nursery, thread, orderd, {
          name: "orderd",
          uses: [cache],
        });
        if (asks && database === "/bad") await service.ended;
        return service;
      }, {
        arguments: { database: "/bad", size: 1 },
        policy: asks ? () => ask("orderd has no database") : patient ? () => again() : onFailure(),
      });
      await start(nursery, "front", [orders]);
    }
  },
});
