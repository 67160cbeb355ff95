/** Standing hosts whose resident is killed, or that are rebooted: what was on them is started anew. */
import assert from "node:assert/strict";
import {
  type Host,
  keep,
  Model,
  Nursery,
  scopeOf,
  type Service,
  supervise,
  useHost,
} from "bailiwick";
import { killedResidentRounds } from "./support/killed_residents.ts";
import { seen } from "./support/machines.ts";
import { RebootedMachine } from "./support/rebooted.ts";
import { startSleeper } from "./support/services.ts";

Deno.test("when a resident is killed its services end, and its program starts them there again", async () => {
  await killedResidentRounds(10, 1);
});

Deno.test("after a reboot everything is started anew, and what was kept and its data are found", async () => {
  await using machine = await RebootedMachine.start();
  const model = new Model();
  const connect = (signal: AbortSignal) => machine.connect(model, signal);
  const kinds = (kind: string) => model.events.filter((event) => event.kind === kind).length;
  let host!: Host;
  let service!: Service;
  let found: string | undefined;
  const system = async (nursery: Nursery) => {
    host = await useHost(nursery, "machine", connect);
    const data = await keep(nursery, host.thread, "data", { at: `${machine.disk}/data` });
    found = await host.thread.readTextFile(data.join("book")).catch(() => undefined);
    await host.thread.writeFile(data.join("book"), "one order");
    service = await startSleeper(nursery, host.thread, "sleeper");
  };
  await Nursery.run(async (nursery) => {
    await supervise(nursery, "", system, { model });
    assert.equal(found, undefined);
    const before = service.instance;
    await machine.stop();
    await seen(model, () => kinds("host-lost") === 1);
    assert.equal(service.state, "unknown");
    await machine.boot();
    await seen(
      model,
      () => kinds("host-connected") === 2 && scopeOf(nursery, "").state === "standing",
    );
    assert.notEqual(service.instance, before);
    assert.equal(service.state, "ready");
    assert.equal(found, "one order");
    assert.equal(kinds("service-ended-unattended"), 0);
    assert.deepEqual(host.info.standing!.stands.map(({ state }) => state), ["thread"]);
    nursery.cancel();
  });
});
