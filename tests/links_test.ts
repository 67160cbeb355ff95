/**
 * Hosts over links that carry little: a healthy host is not lost, however long what is sent takes and
 * whatever else is sent meanwhile; and a host that is out of reach is lost in time, on both sides.
 */
import assert from "node:assert/strict";
import { Command, commandHost, copyTree, localHost, sshHost } from "bailiwick";
import { testHostsAvailable, TestNetwork } from "bailiwick/testing";
import { expectEnded, startedProcesses } from "./support/faults.ts";
import { busyNarrowLink, chatter, KB, makeFile, overLink } from "./support/narrow_links.ts";
import { markedProcesses } from "../lib/testing/leftovers.ts";

const ignore = !testHostsAvailable().ok;
/** Milliseconds in which both sides must have given each other up. */
const LOST = 10_000;

Deno.test({
  name: "readFile() of 1 MB over 90 kB/s takes its time, and the host is not lost",
  ignore,
  fn: () =>
    overLink({ rate: 90 * KB }, async ({ thread }) => {
      await makeFile(thread, "/root/file", 1_000_000);
      assert.equal((await thread.readFile("/root/file")).length, 1_000_000);
      await thread.unlink("/root/file");
    }),
});

Deno.test({
  name: "copyTree() of 6 MB over 250 kB/s takes its time, and the host is not lost",
  ignore,
  fn: () =>
    overLink({ rate: 250 * KB }, async ({ thread }) => {
      await using local = await localHost();
      await using directory = await local.thread.mkdtemp();
      const file = directory.join("file");
      const bytes = new Uint8Array(6_000_000).map((_, index) => index % 251);
      await local.thread.writeFile(file, bytes);
      await copyTree(local.thread, file, thread, "/root/copy");
      assert.equal((await thread.stat("/root/copy")).size, bytes.length);
      await thread.unlink("/root/copy");
    }),
});

Deno.test({
  name: "a minute at 64 kbit/s and 300 ms: small calls are answered while files and logs move",
  ignore,
  fn: () => busyNarrowLink(60_000),
});

Deno.test({
  name:
    "services that log without end are gone from a host whose link is cut, and the program knows",
  ignore,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 1 });
    const machine = network.hosts[0]!;
    const relay = await network.relay(machine);
    await using host = await sshHost({ to: "host0", config: relay.sshConfig });
    const line = "x".repeat(999);
    const megabyteASecond = `while :; do yes ${line} | head -c 100000; sleep 0.1; done`;
    for (let i = 0; i < 4; i++) {
      await host.thread.spawn(new Command("sh", ["-c", megabyteASecond]), { name: `logger ${i}` });
    }
    const begun = performance.now();
    const started = await startedProcesses(machine);
    assert.ok(started.length >= 4);
    await relay.cut();
    await expectEnded(started, begun + LOST);
    assert.match((await host.ended).message, /Host host0 was lost: it was silent for (8|9)\.\d s/);
  },
});

Deno.test({
  name: "a host that may be silent for longer than its network is cut loses nothing by that",
  ignore,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 2 });
    const config = network.sshConfig;
    const [impatient, patient] = await Promise.all([
      sshHost({ to: "host0", config }, { silence: 1500 }),
      sshHost({ to: "host1", config }, { silence: 20_000 }),
    ]);
    await using _closed = impatient;
    await using host = patient;
    const script = "i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i+1)); sleep 0.02; done";
    const child = await host.thread.spawn(new Command("sh", ["-c", script]), { name: "counter" });
    const lines: string[] = [];
    const begun = Promise.withResolvers<void>();
    using _listening = child.log!.onLine((line) => {
      lines.push(line);
      begun.resolve();
    });
    await begun.promise;
    await Promise.all(network.hosts.map((machine) => machine.linkDown()));
    const asked = host.thread.readTextFile("/etc/hostname");
    assert.match((await impatient.ended).message, /was silent for 1\.[5-9] s/);
    await Promise.all(network.hosts.map((machine) => machine.linkUp()));
    assert.ok((await asked).length > 0);
    assert.equal(`${await child.wait()}`, "exited with status 0");
    assert.deepEqual(lines, Array.from({ length: 200 }, (_, index) => `line ${index}`));
    assert.equal(host.info.lost, false);
    await network.hosts[0]!.untilEmpty();
  },
});

Deno.test("commandHost() whose command is stopped while a service logs is lost, and all ends", async () => {
  const mark = crypto.randomUUID();
  const environment = { BAILIWICK_TEST: mark };
  const argv = ["env", `BAILIWICK_TEST=${mark}`, "sh", "-c", "sh; :"];
  await using host = await commandHost(argv, { name: "far", silence: 2000, environment });
  await chatter(host.thread);
  // The agent and whatever leads to it: none of them says anything any more, and nothing is closed.
  for (const found of await markedProcesses(mark)) {
    const [, pid, state] = /^process (\d+) Name:\s*(\S+)/.exec(found)!;
    if (state !== "yes") Deno.kill(Number(pid), "SIGSTOP");
  }
  const begin = performance.now();
  assert.match((await host.ended).message, /^Host far was lost: it was silent for 2\.\d s$/);
  assert.ok(performance.now() - begin < 5000);
  await host.close();
  for (const found of await markedProcesses(mark)) {
    Deno.kill(Number(/^process (\d+)/.exec(found)![1]), "SIGKILL");
  }
});
