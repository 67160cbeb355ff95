/** Looking at hosts without starting anything. */
import assert from "node:assert/strict";
import { commandHost, storeSpace } from "bailiwick";
import { testHostsAvailable, TestNetwork } from "bailiwick/testing";
import { Cli } from "./support/cli.ts";

Deno.test("storeSpace() measures a place that can be used, and makes nothing there", async () => {
  const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  const homeless = ["env", "-i", "HOME=/nonexistent", "PATH=/usr/bin:/bin", "sh"];
  await using host = await commandHost([...user, ...homeless], { name: "homeless" });
  const { path, available } = await storeSpace(host.thread);
  assert.equal(`${path}`, "/var/tmp/bailiwick-65534/store");
  assert.ok(available > 0);
});

Deno.test({
  name: "a host whose account has no home is reachable, and one that is not there is not",
  ignore: !testHostsAvailable().ok,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 1 });
    const host = network.hosts[0]!;
    const edit = "sed s#/home/user#/nonexistent# /etc/passwd >/run/p && cat /run/p >/etc/passwd";
    assert.equal((await host.run(["sh", "-c", edit])).code, 0);
    const [front, shard] = ["user@host0", `user@${network.deadAddress}`];
    const roles = ["--host", `front=${front}`, "--host", `shard=${shard}`];
    const flags = ["--topology", "prod", "--ssh-config", network.sshConfig, ...roles];
    const { stdout } = await Cli.fromSource().run(["hosts", "check", "--json", ...flags]);
    const [there, gone] = JSON.parse(stdout).hosts;
    assert.deepEqual(there.missing, []);
    assert.ok(there.reachable && there.free > 0);
    assert.equal(gone.reachable, false);
    assert.match(gone.missing[0], /does not answer/);
  },
});
