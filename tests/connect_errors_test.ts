/** Hosts that cannot be had: each error names the host, where it went wrong, and what to do. */
import assert from "node:assert/strict";
import { commandHost, ConnectError, localHost, NoShellError, sshHost } from "bailiwick";
import { systemTest, testHostsAvailable, TestNetwork } from "bailiwick/testing";

Deno.test("commandHost() of a command that is not there names it, the host and the machine", async () => {
  await assert.rejects(commandHost(["nonexistent-cmd", "x"], { name: "web" }), (error: Error) => {
    assert.ok(error instanceof ConnectError);
    assert.match(
      error.message,
      /^Cannot use host web: this machine has no program nonexistent-cmd; /,
    );
    assert.equal(error.host, "web");
    assert.ok(error.cause instanceof Deno.errors.NotFound);
    return true;
  });
  await assert.rejects(commandHost(["/etc/passwd"], { name: "web" }), {
    name: "ConnectError",
    message: "Cannot use host web: this machine cannot execute /etc/passwd",
  });
});

systemTest("commandHost() from another host says so of that host", async (context) => {
  const environment = { ...context.host.info.environment, PATH: "/nonexistent" };
  await using bastion = await localHost({ name: "bastion", environment });
  const from = bastion.thread;
  await assert.rejects(commandHost(["nonexistent-cmd"], { name: "web", from }), {
    name: "ConnectError",
    message: /^Cannot use host web: host bastion has no program nonexistent-cmd; /,
  });
  await assert.rejects(sshHost({ to: "db1" }, { from }), {
    name: "ConnectError",
    message:
      /^Cannot use host db1: host bastion has no program ssh; install OpenSSH's client there/,
  });
});

Deno.test({
  name: "sshHost() says that a login script reads its input",
  ignore: !testHostsAvailable().ok,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 1, users: { eater: "/bin/bash" } });
    const [host] = network.hosts;
    const connect = async (script: string) => {
      const { code } = await host!.run(["sh", "-c", "cat >/home/eater/.bashrc"], script);
      assert.equal(code, 0);
      const options = { to: "eater@host0", config: network.sshConfig };
      return await sshHost(options, { timeout: 3000 });
    };
    await assert.rejects(connect("read -r line\n"), (error: Error) => {
      assert.ok(error instanceof NoShellError);
      assert.match(error.message, /^Cannot use host eater@host0: a login script of the account/);
      return true;
    });
    await assert.rejects(connect("cat >/dev/null\n"), {
      name: "ConnectTimeoutError",
      message: /no agent within 3000 ms; a login script of the account must not read/,
    });
    await (await connect("echo hello\n")).close();
  },
});
