/** What a link that is long or slow makes dear: round trips, and bytes. */
import { Command, Nursery, sshHost, startService } from "bailiwick";
import { TestNetwork } from "bailiwick/testing";
import { takeTurns } from "./measure.ts";
import { atMost, type Group, type Samples } from "./row.ts";
import { DELAY_MS } from "./ssh.ts";

const SERVICES = 1000;
const READS = 50;

/** Ending many services. */
export const stop: Group = {
  rows: [{
    name: `stop ${SERVICES} services at ${DELAY_MS} ms each way`,
    unit: "ms",
    ours: "stop",
    reach: atMost(500, "ms"),
  }],
  async measure(): Promise<Samples> {
    await using network = await TestNetwork.make({ hosts: 1 });
    await using relay = await network.relay(network.hosts[0]!, { delay: DELAY_MS });
    await using host = await sshHost({ to: "host0", config: relay.sshConfig });
    const sleep = new Command("sleep", ["infinity"]);
    const stop = async () => {
      let stopping = 0;
      await Nursery.run(async (nursery) => {
        const numbers = Array.from({ length: SERVICES }, (_, index) => index);
        await Promise.all(
          numbers.map((index) =>
            startService(nursery, host.thread, sleep, { name: `sleep-${index}`, log: false })
          ),
        );
        stopping = performance.now();
        nursery.cancel();
      });
      return performance.now() - stopping;
    };
    return await takeTurns(3, { "stop": stop });
  },
};

/** Reading a small file. */
export const read: Group = {
  rows: [{
    name: "a small readFile over ssh, all that is sent for it",
    unit: "bytes",
    ours: "sent",
    reach: atMost(500, "bytes"),
  }],
  async measure(): Promise<Samples> {
    await using network = await TestNetwork.make({ hosts: 1 });
    const [machine] = network.hosts;
    await using host = await sshHost({ to: "host0", config: network.sshConfig });
    const sent = async () => {
      const before = await machine!.bytesReceived();
      for (let i = 0; i < READS; i++) await host.thread.readFile("/etc/hostname");
      return (await machine!.bytesReceived() - before) / READS;
    };
    return await takeTurns(5, { sent });
  },
};
