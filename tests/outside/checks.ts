/** The system's tests; the outside test gives this file a name that `deno test` knows. */
import assert from "node:assert/strict";
import { type HostOptions, SockaddrIn, sshHost } from "bailiwick";
import { runSystem, systemTest, testHostsAvailable, TestNetwork } from "bailiwick/testing";
import { startFront } from "./front/mod.ts";
import { startGreetd } from "./greetd/mod.ts";

const anywhere = new SockaddrIn("127.0.0.1", 0);

systemTest("greetd says its greeting to each who connects", async ({ nursery, thread }) => {
  await using sock = await thread.listen(anywhere, 16);
  const greetd = await startGreetd(nursery, thread, sock, "good day");
  for (let i = 0; i < 3; i++) assert.equal(await greetd.greet(), "good day");
});

systemTest("front answers with what greetd says", async ({ nursery, thread }) => {
  await using inside = await thread.listen(anywhere, 16);
  await using outside = await thread.listen(anywhere, 16);
  const greetd = await startGreetd(nursery, thread, inside, "good evening");
  const front = await startFront(nursery, thread, greetd, outside);
  assert.deepEqual(await front.ask(), { greeting: "good evening" });
});

Deno.test({
  name: "greetd greets from another host, over a long link",
  ignore: !testHostsAvailable().ok,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 1 });
    const [host] = network.hosts;
    await using relay = await network.relay(host!, { delay: 5 });
    const connect = (options: HostOptions) =>
      sshHost({ to: host!.name, config: relay.sshConfig }, options);
    await runSystem(connect, async ({ nursery, thread }) => {
      await using sock = await thread.listen(new SockaddrIn(host!.address, 0), 16);
      const greetd = await startGreetd(nursery, thread, sock, "from afar");
      assert.equal(await greetd.greet(), "from afar");
    });
  },
});
