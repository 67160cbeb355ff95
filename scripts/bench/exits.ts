/** How late the program sees the exits of services that all end at the same time. */
import { Command, localHost, type Path, type Thread } from "bailiwick";
import { nativePath } from "../../tests/support/native.ts";
import { monotonicNow } from "./peers.ts";
import { atMost, type Group, percentile, type Samples } from "./row.ts";

const SERVICES = 1000;
const ROUNDS = 3;

/** Ends of services. */
export const exits: Group = {
  rows: [
    {
      name: "exits of 1,000 services at once, seen after (99th percentile)",
      unit: "ms",
      ours: "late",
      reach: atMost(100, "ms"),
    },
  ],
  async measure(): Promise<Samples> {
    await using host = await localHost();
    await using tmpdir = await host.thread.mkdtemp();
    const late: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      late.push(percentile(await endAll(host.thread, tmpdir.join(`times-${round}`)), 0.99));
    }
    return { late };
  },
};

/** Milliseconds between each service's own last word and the moment when its end is known here. */
async function endAll(thread: Thread, path: Path): Promise<number[]> {
  await Deno.writeFile(`${path}`, new Uint8Array(SERVICES * 8));
  const { read, write } = await thread.pipe();
  const seen: Promise<number>[] = [];
  for (let index = 0; index < SERVICES; index++) {
    const command = new Command(nativePath("bench_leave")).args(path, index);
    const child = await thread.spawn(command, { fds: { 0: read } });
    seen.push(child.wait().then(() => performance.now()));
  }
  const offset = performance.now() - monotonicNow();
  await write.close();
  const times = await Promise.all(seen);
  await read.close();
  const ended = new BigUint64Array((await Deno.readFile(`${path}`)).buffer);
  return times.map((time, index) => time - offset - Number(ended[index]) / 1e6);
}
