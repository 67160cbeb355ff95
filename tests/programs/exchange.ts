/** The example system on this machine, outliving its program, which looks whether it is well and may find that it is not. */
import { main, thisMachine } from "bailiwick/cli";
import { placesOn } from "../../components/places.ts";
import { startTrading } from "../../components/trading.ts";

let isBad = false;

await main({
  name: "exchange",
  description: "Runs the example",
  topologies: {
    dev: {
      about: "on this machine",
      hosts: { front: thisMachine, shard: [thisMachine, thisMachine] },
      standing: true,
    },
  },
  options: {
    data: { kind: "hostPath", about: "keep orders and positions here", required: true },
    bad: { kind: "flag", about: "it trades, but it is found not to be well" },
  },
  async system(nursery, hosts, { data, bad }) {
    isBad = bad;
    const { gatewayd } = await startTrading(
      nursery,
      await placesOn(nursery, hosts, { port: 0, data }),
    );
    return { json: { address: `${gatewayd.address}` } };
  },
  verify() {
    return isBad ? Promise.reject(new Error("The books are not in order")) : Promise.resolve();
  },
});
