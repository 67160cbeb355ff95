/** Greets its own arguments: a whole system that starts, does its work and stops. */
import { localHost, Nursery, SockaddrIn } from "bailiwick";
import { startGreetd } from "./greetd/mod.ts";

await using host = await localHost();
await Nursery.run(async (nursery) => {
  await using sock = await host.thread.listen(new SockaddrIn("127.0.0.1", 0), 16);
  const greetd = await startGreetd(nursery, host.thread, sock, `hello ${Deno.args.join(" ")}`);
  console.log(await greetd.greet());
  nursery.cancel();
});
