/** A small system that can outlive its program: services that sleep, on this machine. */
import { Command, startService } from "bailiwick";
import { main, thisMachine } from "bailiwick/cli";

await main({
  name: "sleepers",
  description: "Runs services that sleep",
  topologies: { dev: { about: "here", hosts: { here: thisMachine } } },
  options: {
    count: { kind: "number", about: "how many there are", default: 2 },
    fails: { kind: "flag", about: "the last one ends at once" },
  },
  async system(nursery, { here }, { count, fails }) {
    for (let i = 0; i < count; i++) {
      const sleep = new Command("sleep", ["1000"]);
      await startService(nursery, here.thread, sleep, { name: `sleeper-${i}` });
    }
    if (!fails) return { text: "Good night." };
    const broken = new Command("sh", ["-c", "echo it cannot sleep; exit 7"]);
    await startService(nursery, here.thread, broken, { name: "broken", ready: 3 });
  },
});
