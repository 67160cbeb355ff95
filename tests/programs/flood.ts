/**
 * A program with many quiet services and one that writes 22 MB/s. Prints how many MiB the program has grown
 * by at the most while that went on; runs alone, so that nothing else grows it.
 */
import { Command, localHost } from "bailiwick";

const FLOOD =
  "for i in $(seq 100); do yes \"$(printf '%099d' 0)\" | head -c 2200000; sleep 0.1; done";
const QUIET = 20;

/** The most that was resident, in MiB: proc_pid_status(5). */
async function peak(): Promise<number> {
  const status = await Deno.readTextFile("/proc/self/status");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) / 1024;
}

const [logDirectory] = Deno.args as [string];
await using host = await localHost({ logDirectory });
const { thread } = host;
const say = new Command("sh", ["-c", "while :; do echo quiet; sleep 0.1; done"]);
for (let index = 0; index < QUIET; index++) await thread.spawn(say, { name: `quiet-${index}` });
const warmUp = await thread.spawn(new Command("seq", ["1", "1000"]), { name: "warm-up" });
await warmUp.wait();
const before = await peak();
const flood = await thread.spawn(new Command("sh", ["-c", FLOOD]), { name: "flood" });
await flood.wait();
await flood.log!.ended;
console.log(await peak() - before, host.info.model.linesDropped("flood"));
