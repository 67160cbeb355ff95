/** The article's case: what cannot be mended asks, and an operator starts orderd with other arguments. */
import assert from "node:assert/strict";
import {
  AF,
  hold,
  O,
  onFailure,
  onHeld,
  scopeOf,
  SIG,
  SO,
  SOCK,
  SockaddrIn,
  SOL,
  supervise,
} from "bailiwick";
import { systemTest } from "bailiwick/testing";
import { startGatewayd } from "../components/gatewayd/mod.ts";
import { Database, startOrderd } from "../components/orderd/mod.ts";
import { startPositiond } from "../components/positiond/mod.ts";
import { clientOf } from "./support/shards.ts";

systemTest(
  "an operator starts orderd with another database, and all that needs it goes on",
  async ({ nursery, thread, tmpdir }) => {
    const listen = async () => {
      const sock = await thread.socket(AF.INET, SOCK.STREAM);
      await sock.setsockopt(SOL.SOCKET, SO.REUSEADDR, 1);
      await sock.bind(new SockaddrIn("127.0.0.1", 0));
      await sock.listen(1024);
      return sock;
    };
    const sock = await hold(nursery, thread, "orders socket", listen);
    const front = await hold(nursery, thread, "front socket", listen);
    const path = tmpdir.join("db");
    const database = await Database.make(thread, path);
    const held = Promise.withResolvers<string>();
    using _ = onHeld(nursery, ({ path }) => held.resolve(path));

    const orderd = await supervise(nursery, "orders", async (nursery, { database }) => {
      const positiond = await startPositiond(nursery, thread, tmpdir.join("positiond"));
      return await startOrderd(nursery, thread, positiond, sock, database);
    }, { arguments: { database }, policy: onFailure({ most: 1, backoff: { first: 0 } }) });
    const gatewayd = await startGatewayd(nursery, thread, [orderd], front);
    await using client = await clientOf(gatewayd.address);
    assert.match(await client.send("BUY ACME 1 1"), /^ACCEPT /);

    const pidOf = (name: string) =>
      thread.host.model.services.findLast(({ path }) => path === name)!.pid;
    const [positiond, gateway] = [pidOf("orders/positiond"), pidOf("gatewayd")];
    await using file = await thread.open(path, O.WRONLY | O.TRUNC);
    await file.write(new TextEncoder().encode("this is no database"));
    Deno.kill(pidOf("orders/orderd"), SIG.KILL);
    assert.equal(await held.promise, "orders");

    const scope = scopeOf(nursery, "orders");
    assert.match(scope.reason!, /^Failed 2 times in 10 minutes, now orders\/orderd: /);
    assert.deepEqual(
      Object.keys(scope.choices.find(({ label }) => label === "again-with")!.takes),
      [
        "database",
      ],
    );
    const other = await Database.make(thread, tmpdir.join("other"));
    await scope.answer("again-with", { database: other });
    assert.equal(scope.state, "standing");
    assert.deepEqual(scope.overrides, { database: other });
    assert.deepEqual([pidOf("orders/positiond"), pidOf("gatewayd")], [positiond, gateway]);
    await using next = await clientOf(gatewayd.address);
    assert.match(await next.send("BUY ACME 1 1"), /^ACCEPT /);
  },
);
