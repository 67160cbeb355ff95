/** A program that locks a directory, says so, and goes on until it is killed. */
import { Command, localHost } from "bailiwick";

await using host = await localHost();
await using _lock = await host.thread.lock(Deno.args[0]!);
Deno.stdout.writeSync(new TextEncoder().encode("locked\n"));
await host.thread.run(new Command("sleep", ["infinity"]));
