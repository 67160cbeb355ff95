/** Scopes that are run again unchanged ask their hosts nothing. */
import assert from "node:assert/strict";
import {
  deploy,
  FilesPackage,
  hold,
  type Host,
  keep,
  localHost,
  once,
  onFailure,
  scopeOf,
  SIG,
  SockaddrIn,
  startService,
  supervise,
  useHost,
} from "bailiwick";
import { systemTest } from "bailiwick/testing";
import { startGatewayd } from "../components/gatewayd/mod.ts";
import { Database, startOrderd } from "../components/orderd/mod.ts";
import { startPositiond } from "../components/positiond/mod.ts";

/** Bytes that a host's agent has read from anywhere: requests, too. */
async function readBy(host: Host): Promise<number> {
  return Number(/rchar: (\d+)/.exec(await Deno.readTextFile(`/proc/${host.info.pid}/io`))![1]);
}

const AT_ONCE = onFailure({ backoff: { first: 0 } });

systemTest(
  "a scope of the example's services that is run again unchanged asks the host nothing",
  async (test) => {
    const { nursery, thread, tmpdir, host } = test;
    const database = await Database.make(thread, tmpdir.join("orders.db"));
    await supervise(nursery, "", async (nursery) => {
      const [one, two] = await Promise.all(
        ["orders", "front"].map((name) =>
          hold(nursery, thread, name, () => thread.listen(new SockaddrIn("127.0.0.1", 0)))
        ),
      );
      const data = await keep(nursery, thread, "data", { at: tmpdir.join("data") });
      await once(nursery, "fill", 1, async () => await thread.readTextFile("/etc/hostname"));
      const orderd = await supervise(nursery, "shard", async (nursery) => {
        const positiond = await startPositiond(nursery, thread, data);
        return await startOrderd(nursery, thread, positiond, one!, database);
      });
      return await startGatewayd(nursery, thread, [orderd], two!);
    });
    const before = await readBy(host);
    await scopeOf(nursery, "").run();
    assert.equal(await readBy(host) - before, 0);
    await thread.getpid();
    assert.ok(await readBy(host) > before);
  },
);

systemTest(
  "a package that was removed behind a scope's back is brought there again",
  async (test) => {
    const { nursery, tmpdir } = test;
    const environment = { XDG_CACHE_HOME: `${tmpdir.join("cache")}` };
    const host = await useHost(nursery, "other", (signal) => localHost({ environment, signal }));
    const script = "#!/bin/sh\necho >&3\nexec sleep infinity\n";
    const content = new TextEncoder().encode(script);
    const source = new FilesPackage("slow", [{ path: "bin/slow", content, mode: 0o755 }]);
    const { service, pkg } = await supervise(nursery, "", async (nursery) => {
      const pkg = await deploy(host.thread, source);
      return {
        pkg,
        service: await startService(nursery, host.thread, pkg.bin("slow"), { ready: 3 }),
      };
    }, { policy: AT_ONCE });
    const before = service.pid;
    await host.thread.removeTree(pkg.path);
    const { model } = host.info;
    const back = Promise.withResolvers<void>();
    using _ = model.observe(({ kind }) => kind === "service-started" && back.resolve());
    await service.kill(SIG.KILL);
    await back.promise;
    await scopeOf(nursery, "").run();
    assert.notEqual(service.pid, before);
    assert.equal(await host.thread.readTextFile(pkg.path.join("bin/slow")), script);
  },
);
