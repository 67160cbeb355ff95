/** Greets its own arguments: a whole system that starts, does its work and stops. */
import { localHost, Nursery, SockaddrIn } from "bailiwick";
import { startFront } from "./front/mod.ts";
import { startGreetd } from "./greetd/mod.ts";

await using host = await localHost();
await Nursery.run(async (nursery) => {
  const { thread } = host;
  const anywhere = new SockaddrIn("127.0.0.1", 0);
  await using inside = await thread.listen(anywhere, 16);
  await using outside = await thread.listen(anywhere, 16);
  const greetd = await startGreetd(nursery, thread, inside, `hello ${Deno.args.join(" ")}`);
  const front = await startFront(nursery, thread, greetd, outside);
  console.log((await front.ask()).greeting);
  nursery.cancel();
});
