/** The way to a host breaks: the program is told, nothing is done twice, and nothing is left there. */
import assert from "node:assert/strict";
import { type Host, LinkLostError, sshHost } from "bailiwick";
import { type TestHost, testHostsAvailable, TestNetwork } from "bailiwick/testing";
import {
  DEADLINE,
  expectEnded,
  expectLoss,
  type Fault,
  ownChildren,
  startedProcesses,
} from "./support/faults.ts";
import { fromFileUrl } from "./support/urls.ts";

const PROGRAM = fromFileUrl("faults_program.ts");
const SSH = /^\S*ssh\0/;
const ignore = !testHostsAvailable().ok;

/** Kills with SIGKILL the one process of the machine that is called so. */
async function killOn(machine: TestHost, command: RegExp): Promise<void> {
  const found = (await machine.processes()).filter((process) => command.test(process.command));
  assert.equal(found.length, 1, `${found.map((process) => process.command)}`);
  Deno.kill(found[0]!.pid, "SIGKILL");
}

async function killOwn(command: RegExp): Promise<void> {
  const pids = await ownChildren(command);
  assert.equal(pids.length, 1);
  Deno.kill(pids[0]!, "SIGKILL");
}

const KILLS: Readonly<
  Record<string, { to?: string; strike: (machine: TestHost) => Promise<void> }>
> = {
  "ssh is killed": { strike: () => killOwn(SSH) },
  "sshd's session is killed": { strike: (machine) => killOn(machine, /^sshd: root@notty/) },
  "sshd's session of an ordinary user is killed": {
    to: "user@host0",
    strike: (machine) => killOn(machine, /^sshd: user@notty/),
  },
};

for (const [when, { to = "host0", strike }] of Object.entries(KILLS)) {
  Deno.test({
    name: `sshHost() is lost, and leaves nothing, when ${when}`,
    ignore,
    fn: async () => {
      await using network = await TestNetwork.make({ hosts: 1 });
      const machine = network.hosts[0]!;
      await using host = await sshHost({ to, config: network.sshConfig });
      const reason = await expectLoss(machine, host, { strike: () => strike(machine) });
      assert.ok(reason instanceof LinkLostError);
    },
  });
}

Deno.test({
  name: "sshHost() says so, and leaves nothing, when the agent is killed",
  ignore,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 1 });
    const machine = network.hosts[0]!;
    await using host = await sshHost({ to: "host0", config: network.sshConfig });
    const strike = async () => void await machine.run(["kill", "-KILL", String(host.info.pid)]);
    const { message } = await expectLoss(machine, host, { strike });
    assert.match(message, /the agent ended with status 137/);
  },
});

Deno.test({
  name: "sshHost() leaves nothing when the program is killed, or does not go on",
  ignore,
  fn: async () => {
    for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
      await using network = await TestNetwork.make({ hosts: 1 });
      const machine = network.hosts[0]!;
      const program = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", PROGRAM, network.sshConfig],
        stdout: "piped",
      }).spawn();
      const output = program.stdout.getReader();
      assert.ok((await output.read()).value);
      const fallen = await startedProcesses(machine);
      program.kill(signal);
      await expectEnded(fallen, performance.now() + DEADLINE);
      if (signal === "SIGSTOP") program.kill("SIGKILL");
      await program.status;
      await output.cancel();
      await machine.untilEmpty();
    }
  },
});

Deno.test({
  name: "sshHost() keeps ssh out of reach of a Ctrl-C at the program's terminal",
  ignore,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 1 });
    await using _host = await sshHost({ to: "host0", config: network.sshConfig });
    const [pid] = await ownChildren(SSH);
    const [, , group] = (await Deno.readTextFile(`/proc/${pid}/stat`)).split(") ")[1]!.split(" ");
    assert.equal(Number(group), pid);
  },
});

/** Ways to silence a link without telling either end. */
async function cuts(network: TestNetwork): Promise<{ host: Host; fault: Fault }[]> {
  const [unplugged, ...relayed] = network.hosts as [TestHost, ...TestHost[]];
  const directions = ["to-host", "from-host", "both"] as const;
  const behindRelays = relayed.map(async (machine, index) => {
    const relay = await network.relay(machine);
    const fault: Fault = {
      strike: () => relay.stall(directions[index]!),
      mend: () => relay.resume(),
    };
    return { host: await sshHost({ to: machine.name, config: relay.sshConfig }), fault };
  });
  const host = await sshHost({ to: unplugged.name, config: network.sshConfig });
  const fault = { strike: () => unplugged.linkDown(), mend: () => unplugged.linkUp() };
  return [{ host, fault }, ...await Promise.all(behindRelays)];
}

Deno.test({
  name:
    "sshHost() is lost, and leaves nothing, when its link falls silent in either direction or both",
  ignore,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 4 });
    const broken = await cuts(network);
    await Promise.all(broken.map(async ({ host, fault }, index) => {
      const { message } = await expectLoss(network.hosts[index]!, host, fault);
      // Where the host hears nothing, its agent may be the first to say so.
      assert.match(message, /was silent for (8|9)\.\d s|the agent (said|ended)/);
    }));
  },
});

Deno.test({
  name: "a host behind a host is lost with the way that it is reached by",
  ignore,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 2 });
    const [near, far] = network.hosts as [TestHost, TestHost];
    await using outer = await sshHost({ to: "host0", config: network.sshConfig });
    {
      await using inner = await sshHost({ to: "host1" }, { from: outer.thread });
      await expectLoss(far, inner, { strike: () => killOn(near, /^ssh /) });
    }
    await outer.thread.getpid();
    await using inner = await sshHost({ to: "host1" }, { from: outer.thread });
    await expectLoss(far, inner, { strike: () => killOwn(SSH) });
    await near.untilEmpty();
  },
});
