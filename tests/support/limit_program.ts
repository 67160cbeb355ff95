/** Prints the soft limit of open files that a service gets: for tests that start it under another one. */
import { Command, localHost } from "bailiwick";

await using host = await localHost();
const child = await host.thread.spawn(new Command("sh", ["-c", "ulimit -Sn"]));
await child.wait();
await child.log!.ended;
console.log(child.log!.tail.join());
