/** Prints the soft limit of open files that a service gets: for tests that start it under another one. */
import { Command, localHost } from "bailiwick";

await using host = await localHost();
console.log((await host.thread.run(new Command("sh", ["-c", "ulimit -Sn"]))).stdout.trim());
