/** Many hosts, and many connections to one: none is refused, and those that are lost are lost alone. */
import assert from "node:assert/strict";
import { Command, type Host, HostError, type HostOptions, Nursery, sshHost } from "bailiwick";
import { Leftovers, type TestHost, testHostsAvailable, TestNetwork } from "bailiwick/testing";

const ignore = !testHostsAvailable().ok;
/** Fifty ssh handshakes share the processors that the machine has. */
const PATIENCE = { connectTimeout: 120_000, timeout: 120_000 };

async function connect(to: string, network: TestNetwork, options: HostOptions): Promise<Host> {
  const { connectTimeout, timeout } = PATIENCE;
  return await sshHost({ to, config: network.sshConfig, connectTimeout }, { ...options, timeout });
}

/** Every host is a usable one: a thread answers, and a service runs. */
async function expectUsable(hosts: readonly Host[]): Promise<void> {
  await Promise.all(hosts.map(async ({ thread }) => {
    assert.equal(await thread.getpid(), thread.process.pid);
    const child = await thread.spawn(new Command("true"));
    assert.ok((await child.wait()).isClean);
  }));
}

async function endAll(hosts: readonly Host[], machines: readonly TestHost[]): Promise<void> {
  await Promise.all(hosts.map((host) => host.close()));
  await Promise.all(machines.map((machine) => machine.untilEmpty(60_000)));
}

Deno.test({
  name: "sshHost() reaches 50 hosts at once, and the loss of 5 leaves 45 as they were",
  ignore,
  fn: async () => {
    const leftovers = await Leftovers.watch();
    {
      await using network = await TestNetwork.make({ hosts: 50 });
      const machines = network.hosts;
      const { environment } = leftovers;
      const hosts = await Promise.all(
        machines.map(({ name }) => connect(name, network, { environment })),
      );
      await expectUsable(hosts);
      const [lost, kept] = [hosts.slice(0, 5), hosts.slice(5)];
      await Nursery.run(async (nursery) => {
        for (const { ended } of kept) {
          nursery.spawn(async (signal) => {
            const over = new Promise((resolve) => signal.addEventListener("abort", resolve));
            const reason = await Promise.race([ended, over]);
            if (reason instanceof HostError) throw reason;
          });
        }
        await lose(machines.slice(0, 5));
        for (const { name, ended } of lost) assert.equal((await ended).host, name);
        await expectUsable(kept);
        nursery.cancel();
      });
      await Promise.all(machines.slice(0, 3).map((machine) => machine.linkUp()));
      await endAll(hosts, machines.filter((_, index) => index !== 4));
    }
    await leftovers.check();
  },
});

/** Three are unplugged, one loses sshd's session, and one is switched off. */
async function lose(machines: readonly TestHost[]): Promise<void> {
  const [session, whole] = machines.slice(3) as [TestHost, TestHost];
  await Promise.all(machines.slice(0, 3).map((machine) => machine.linkDown()));
  const { pid } = (await session.processes()).find(({ command }) => command.startsWith("sshd:"))!;
  Deno.kill(pid, "SIGKILL");
  await whole.stop();
}

Deno.test({
  name: "sshHost() is refused none of 30 connections at once to one default sshd",
  ignore,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 1 });
    const machine = network.hosts[0]!;
    const hosts = await Promise.all(
      Array.from({ length: 30 }, () => connect(machine.name, network, {})),
    );
    await expectUsable(hosts);
    assert.doesNotMatch(machine.log, /MaxStartups|drop connection|beginning/);
    await endAll(hosts, [machine]);
  },
});
