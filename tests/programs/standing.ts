/** A small system that can outlive its program: services that sleep. */
import { Command, startService } from "bailiwick";
import { givenHost, main, thisMachine } from "bailiwick/cli";

let isBad = false;

await main({
  name: "sleepers",
  description: "Runs services that sleep",
  topologies: {
    dev: { about: "on this machine", hosts: { bed: thisMachine } },
    far: { about: "on a host that is named", hosts: { bed: givenHost }, standing: true },
  },
  options: {
    count: { kind: "number", about: "how many there are", default: 2 },
    fails: { kind: "flag", about: "the last one ends at once" },
    bad: { kind: "flag", about: "they sleep, but it is found not to be well" },
    slow: { kind: "flag", about: "it takes seconds to be ready" },
    needs: { kind: "path", about: "a file without which it cannot begin" },
  },
  async system(nursery, { bed }, { count, fails, bad, slow, needs }) {
    if (needs !== undefined) await Deno.stat(needs);
    isBad = bad;
    for (let i = 0; i < count; i++) {
      const sleep = new Command("sleep", ["1000"]);
      await startService(nursery, bed.thread, sleep, { name: `sleeper-${i}` });
    }
    if (slow) await new Promise((resolve) => setTimeout(resolve, 2000));
    if (!fails) return { text: "Good night." };
    const broken = new Command("sh", ["-c", "echo it cannot sleep; exit 7"]);
    await startService(nursery, bed.thread, broken, { name: "broken", ready: 3 });
  },
  async verify() {
    if (isBad) throw new Error("Somebody snores");
  },
});
