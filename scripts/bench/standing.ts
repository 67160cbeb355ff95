/** Hosts that outlive their program. */
import {
  Command,
  type Host,
  letGo,
  localHost,
  Nursery,
  sshHost,
  type SshOptions,
  startService,
  supervise,
} from "bailiwick";
import { TestNetwork } from "bailiwick/testing";
import { takeTurns } from "./measure.ts";
import { proportional } from "./proportional.ts";
import { atMost, type Group, ratioAtMost, type Samples } from "./row.ts";

const SERVICES = 100;
const SYSTEM = "bench";
/** Milliseconds after which an agent has done all that the end of its program asks of it. */
const SETTLES = 500;

/** A program that comes to what stands. */
export const attach: Group = {
  rows: [{
    name: `attach to a standing ssh host with ${SERVICES} services, until all are adopted`,
    unit: "ms",
    ours: "attach",
    other: "a first connect",
    reach: ratioAtMost(1.1),
  }],
  async measure(): Promise<Samples> {
    await using network = await TestNetwork.make({ hosts: 1 });
    const to = { to: "host0", config: network.sshConfig };
    const connect = () => sshHost(to, { standing: SYSTEM });
    await untilAllStand(connect);
    const samples = await takeTurns(15, {
      "attach": () => untilAllStand(connect),
      "a first connect": () => connectTime(to),
    });
    await using host = await connect();
    await host.down();
    return samples;
  },
};

/** What stays where no program is. */
export const resident: Group = {
  rows: [{
    name: `memory of a resident with ${SERVICES} services and no program`,
    unit: "KiB",
    ours: "resident",
    reach: atMost(1024, "KiB"),
  }],
  async measure(): Promise<Samples> {
    const connect = () => localHost({ standing: SYSTEM });
    const agents: number[] = [];
    await untilAllStand(connect, (pid) => agents.push(pid));
    await new Promise((resolve) => setTimeout(resolve, SETTLES));
    const kibibytes = await proportional(agents[0]!);
    await using host = await connect();
    await host.down();
    return { resident: [kibibytes] };
  },
};

/** Milliseconds until a program has its services, to which it lets go of them. */
async function untilAllStand(
  connect: () => Promise<Host>,
  see: (agent: number) => void = () => {},
): Promise<number> {
  const begin = performance.now();
  await using host = await connect();
  see(host.info.pid);
  let took = NaN;
  await Nursery.run(async (nursery) => {
    await supervise(nursery, "", async (nursery) => {
      const names = Array.from({ length: SERVICES }, (_, index) => `service-${index}`);
      await Promise.all(names.map((name) => {
        return startService(nursery, host.thread, new Command("sleep", ["infinity"]), { name });
      }));
    });
    took = performance.now() - begin;
    letGo(nursery);
    nursery.cancel();
  });
  return took;
}

async function connectTime(to: SshOptions): Promise<number> {
  const begin = performance.now();
  await using host = await sshHost(to);
  await host.thread.getpid();
  return performance.now() - begin;
}
