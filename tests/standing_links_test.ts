/** Links to standing hosts that break, or are cut off: what stands there is not touched. */
import assert from "node:assert/strict";
import {
  commandHost,
  type Host,
  Model,
  Nursery,
  scopeOf,
  type Service,
  SupersededError,
  supervise,
  useHost,
} from "bailiwick";
import { until } from "bailiwick/testing";
import { seen } from "./support/machines.ts";
import { startSleeper } from "./support/services.ts";

/** Processes that have this in their command line. */
function processesWith(text: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
    try {
      return pid > 0 && Deno.readTextFileSync(`/proc/${pid}/cmdline`).includes(text);
    } catch {
      return false;
    }
  });
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

Deno.test("when the link to a standing host breaks its services go on, and when another stream takes over, too", async () => {
  const state = await Deno.makeTempDir({ prefix: "standing-" });
  const link = `link-${crypto.randomUUID()}`;
  const argv = ["env", `XDG_STATE_HOME=${state}`, "sh", "-c", `cat | sh | cat; : ${link}`];
  const model = new Model();
  const connect = (signal: AbortSignal) => commandHost(argv, { standing: "links", model, signal });
  let service!: Service;
  let later!: Host;
  const run = Nursery.run(async (nursery) => {
    await supervise(nursery, "", async (nursery) => {
      const host = await useHost(nursery, "far", connect);
      service = await startSleeper(nursery, host.thread, "sleeper");
    }, { model });
    const { pid, instance } = service;
    const connected = () => model.events.filter(({ kind }) => kind === "host-connected").length;
    for (let broken = 1; broken <= 3; broken++) {
      for (const each of processesWith(link)) Deno.kill(-each, "SIGKILL");
      await seen(model, () => connected() > broken && scopeOf(nursery, "").state === "standing");
      assert.deepEqual([service.pid, service.instance], [pid, instance]);
      assert.equal(service.state, "ready");
    }
    const ends = model.events.filter(({ kind }) => kind === "service-ended-unattended");
    assert.deepEqual(ends, []);
    later = await commandHost(argv, { standing: "links" });
  });
  await assert.rejects(run, SupersededError);
  const stands = later.info.standing!.stands.filter(({ state }) => state === "kept");
  assert.deepEqual(stands.map(({ pid }) => pid), [service.pid]);
  assert.ok(isThere(`/proc/${service.pid}`));
  await later.down();
  await until("it has ended", () => !isThere(`/proc/${service.pid}`), 5000);
  await Deno.remove(state, { recursive: true });
});
