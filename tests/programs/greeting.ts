/** Starts greeter and echo here or on a host over ssh, and prints what they say. */
import { localHost, Nursery, scriptCommand, SockaddrIn, sshHost, startService } from "bailiwick";
import { startGreeter } from "../../components/greeter/mod.ts";
import type { EchoConfig, EchoReport } from "./echo/types.ts";

const [address = "127.0.0.1", config] = Deno.args;

await using host = config === undefined
  ? await localHost()
  : await sshHost({ to: "host1", config });
const { thread } = host;
await Nursery.run(async (nursery) => {
  const sock = await thread.listen(new SockaddrIn(address, 0));
  const greeter = await startGreeter(nursery, thread, sock, { greeting: "hello" });
  console.log((await greeter.greet()).text);
  const second = await thread.listen(new SockaddrIn(address, 0));
  const echoConfig: EchoConfig = { greeting: "hello" };
  const echo = new URL("./echo/echo.ts", import.meta.url);
  const command = await scriptCommand(thread, echo, { config: echoConfig });
  await startService(nursery, thread, command, { sockets: { http: second }, ready: 4 });
  const said: EchoReport = await (await fetch(`http://${await second.getsockname()}/`)).json();
  console.log(said.page.trim());
  nursery.cancel();
});
