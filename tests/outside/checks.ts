/** The system's tests; the outside test gives this file a name that `deno test` knows. */
import { SockaddrIn } from "bailiwick";
import { systemTest } from "bailiwick/testing";
import { startGreetd } from "./greetd/mod.ts";

systemTest("greetd says its greeting to each who connects", async ({ nursery, thread }) => {
  await using sock = await thread.listen(new SockaddrIn("127.0.0.1", 0), 16);
  const greetd = await startGreetd(nursery, thread, sock, "good day");
  for (let i = 0; i < 3; i++) {
    const said = await greetd.greet();
    if (said !== "good day") throw new Error(`it said ${said}`);
  }
});
