/**
 * A program that runs the example system and a process that will not go: for tests that kill it. Prints
 * one line of JSON when all is ready, and runs until it is killed.
 */
import { Command, localHost, monitor, Nursery } from "bailiwick";
import { startTrading } from "../../components/trading.ts";

const STUBBORN = `
trap '' TERM HUP INT
setsid sh -c 'trap "" TERM HUP INT; (sh -c "trap \\"\\" TERM; echo >&3; exec 3>&-; while :; do sleep 1000; done" &) ; exit 0' &
while :; do sleep 1000; done`;

await using host = await localHost();
await Nursery.run(async (nursery) => {
  const tmpdir = await host.thread.mkdtemp();
  const { thread } = host;
  const shards = [0, 1].map((index) => ({
    thread,
    address: "127.0.0.1",
    data: tmpdir.join(`shard-${index}`),
  }));
  const front = { thread, address: "127.0.0.1", port: 0 };
  const { gatewayd: { address } } = await startTrading(nursery, { front, shards });
  const stubborn = await host.thread.spawn(new Command("sh", ["-c", STUBBORN]), {
    ready: 3,
    name: "stubborn",
  });
  monitor(nursery, stubborn);
  await stubborn.ready;
  if (!("port" in address)) throw new TypeError("gatewayd listens on TCP");
  console.log(JSON.stringify({
    port: address.port,
    agent: host.info.pid,
    temporary: host.info.temporary,
    services: host.info.model.services.map(({ pid }) => pid),
  }));
});
