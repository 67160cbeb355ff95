/** The example system, order entry, as a program. */
import type { Sockaddr } from "bailiwick";
import { givenHost, givenHosts, main, thisMachine, UsageError } from "bailiwick/cli";
import { startGatewayd } from "./components/gatewayd/mod.ts";
import { Database, startOrderd } from "./components/orderd/mod.ts";
import { missingPackages, placesOn } from "./components/places.ts";
import { startPositiond } from "./components/positiond/mod.ts";
import { startTrading } from "./components/trading.ts";
import project from "./deno.json" with { type: "json" };
import { trade } from "./components/trade/mod.ts";

await main({
  name: "bailiwick",
  version: project.version,
  description: "Runs an order entry system: every process, on every host, from this one program",
  topologies: {
    // Two shards on one machine show whatever can go wrong between shards.
    dev: {
      about: "all on this machine",
      hosts: { front: thisMachine, shard: [thisMachine, thisMachine] },
    },
    prod: {
      about: "on the hosts that are named",
      hosts: { front: givenHost, shard: givenHosts },
      standing: true,
    },
  },
  options: {
    port: { kind: "port", about: "take orders here; 0 chooses a free port", default: 0 },
    data: {
      kind: "hostPath",
      value: "dir",
      about: "keep orders and positions here on each host; else they are temporary",
    },
    shards: {
      kind: "number",
      about: "how many shards take new symbols; else one for each host that is given as one",
    },
  },
  examples: ["bailiwick up --port 7000 --data ./books"],
  async system(nursery, hosts, options) {
    if (hosts.front.info.standing && options.data === undefined) {
      throw new UsageError(
        "What outlives the program needs its books in a place that does: --data",
      );
    }
    const { gatewayd } = await startTrading(nursery, await placesOn(nursery, hosts, options));
    return {
      json: { address: `${gatewayd.address}` },
      text: `Send an order by hand:\n  echo "BUY ACME 100 10.50" | nc -q 1 ${words(gatewayd)}`,
    };
  },
  check: missingPackages,
  repl: { startOrderd, startPositiond, startGatewayd, Database },
  commands: { trade },
});

/** An address as the two words that programs such as nc take. */
function words({ address }: { address: Sockaddr }): string {
  return "port" in address ? `${address.address} ${address.port}` : `${address}`;
}
