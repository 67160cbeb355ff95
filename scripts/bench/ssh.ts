/** Hosts over ssh, on test hosts of this machine. */
import { Command, sshHost, type SshOptions, type Thread } from "bailiwick";
import { TestNetwork } from "bailiwick/testing";
import { takeTurns } from "./measure.ts";
import { SshEcho, sshTrue, viaMaster } from "./ssh_peers.ts";
import { type Group, ratioAtLeast, ratioAtMost, type Samples } from "./row.ts";

const DELAY_MS = 25;
const SERVICES = 100;
/** Of the slow contestant, whose services are started one by one. */
const FEWER = 20;

/** Connecting and calling. */
export const ssh: Group = {
  rows: [
    {
      name: "connect to a usable thread over ssh",
      unit: "ms",
      ours: "connect",
      other: "ssh host true",
      reach: ratioAtMost(1.1),
    },
    {
      name: "getpid on an ssh thread",
      unit: "ms",
      ours: "getpid",
      other: "a byte echoed through ssh",
      reach: ratioAtMost(1.4),
    },
    {
      name: "start 100 services on one ssh host",
      unit: "1/s",
      ours: "services at once",
      other: "ssh with ControlMaster, one by one",
      reach: ratioAtLeast(10),
    },
  ],
  async measure(): Promise<Samples> {
    await using network = await TestNetwork.make({ hosts: 1 });
    const to = { to: "host0", config: network.sshConfig };
    await using host = await sshHost(to);
    await using echo = new SshEcho(network.sshConfig, "host0");
    const connects = await takeTurns(10, {
      "connect": () => connectTime(to),
      "ssh host true": () => milliseconds(() => sshTrue(network.sshConfig, "host0")),
    });
    const calls = await takeTurns(20, {
      "getpid": () => eachOf(50, () => host.thread.getpid()),
      "a byte echoed through ssh": () => eachOf(50, () => echo.roundTrip()),
    });
    const services = await takeTurns(3, {
      "services at once": async () =>
        1000 / await eachAtOnce(SERVICES, () => startOne(host.thread)),
      "ssh with ControlMaster, one by one": () => viaMaster(network.sshConfig, "host0", FEWER),
    });
    return { ...connects, ...calls, ...services };
  },
};

/** The same over a long link. */
export const longLink: Group = {
  rows: [
    {
      name: `start a service at ${DELAY_MS} ms each way`,
      unit: "ms",
      ours: "start",
      other: "the relay's round trip",
      reach: ratioAtMost(1.2),
    },
  ],
  async measure(): Promise<Samples> {
    await using network = await TestNetwork.make({ hosts: 1 });
    const relay = await network.relay(network.hosts[0]!, { delay: DELAY_MS });
    await using host = await sshHost({ to: "host0", config: relay.sshConfig });
    await using echo = new SshEcho(relay.sshConfig, "host0");
    const samples = await takeTurns(10, {
      "start": () => milliseconds(() => startOne(host.thread)),
      "the relay's round trip": () => milliseconds(() => echo.roundTrip()),
    });
    await relay.close();
    return samples;
  },
};

/** Milliseconds until a thread can be used; that it is closed again is not counted. */
async function connectTime(to: SshOptions): Promise<number> {
  const begin = performance.now();
  await using host = await sshHost(to);
  await host.thread.getpid();
  return performance.now() - begin;
}

/** Starts a service as a component does: its directory, its descriptors, and the exec seen. */
async function startOne(thread: Thread): Promise<void> {
  await thread.spawn(new Command("/bin/true"), { cwd: "/tmp/work" });
}

async function milliseconds(task: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await task();
  return performance.now() - begin;
}

async function eachOf(times: number, task: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  for (let i = 0; i < times; i++) await task();
  return (performance.now() - begin) / times;
}

async function eachAtOnce(times: number, task: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await Promise.all(Array.from({ length: times }, task));
  return (performance.now() - begin) / times;
}

/** For other groups over ssh. */
export { DELAY_MS, milliseconds };
