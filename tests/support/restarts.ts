/** Rounds of kill -9 of random services, on this machine and on hosts that are reached by ssh. */
import { localHost, Model, Nursery, onFailure, type Policy, scopeOf, sshHost } from "bailiwick";
import { runSystem, TestNetwork, until } from "bailiwick/testing";
import { Traders } from "./traders.ts";
import { WholeSystem, type WholeSystemOptions } from "./whole_system.ts";

const CLIENTS = 8;

/** Starts again for ever. */
export const FOR_EVER: Policy = onFailure({
  most: Infinity,
  backoff: { first: 100, most: 400 },
});

/** Kills services of a system on this machine. */
export async function killRounds(kills: number, seed: number): Promise<void> {
  await runSystem(localHost, async ({ nursery, host }) => {
    const hosts = { front: host, shard: [host, host] };
    await killAndCompare(nursery, { hosts, policy: FOR_EVER }, kills, seed);
  });
}

/** Kills services of a system on three hosts. */
export async function farKillRounds(kills: number, seed: number): Promise<void> {
  await using network = await TestNetwork.make({ hosts: 3 });
  const model = new Model();
  const connect = (name: string) =>
    sshHost({ to: name, config: network.sshConfig }, { name, model });
  {
    await using front = await connect("host0");
    await using one = await connect("host1");
    await using two = await connect("host2");
    const hosts = { front, shard: [one, two] };
    const rootOf = (host: string) => network.hosts.find(({ name }) => name === host)!.root;
    await Nursery.run(async (nursery) => {
      const options = { hosts, policy: FOR_EVER, rootOf };
      await killAndCompare(nursery, options, kills, seed);
      nursery.cancel();
    });
  }
  for (const machine of network.hosts) {
    await until("nothing runs there", async () => (await machine.pidsInside()).length === 0);
  }
}

async function killAndCompare(
  nursery: Nursery,
  options: WholeSystemOptions,
  kills: number,
  seed: number,
): Promise<void> {
  const traders = new Traders(seed, { goOn: true, pace: 5 });
  using system = await WholeSystem.start(nursery, options, CLIENTS, traders);
  await system.killMany(kills, seed);
  await system.compareBooks();
  await scopeOf(nursery, "").check();
}
