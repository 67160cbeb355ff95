/** Bytes from a service's standard output to the program. */
import { Command, localHost, type Thread } from "bailiwick";
import { takeTurns } from "./measure.ts";
import { nativePath } from "../../tests/support/native.ts";
import { type Group, ratioAtLeast, type Samples } from "./row.ts";

const DENO = "Deno.Command stdout";
const GIB = 2 ** 30;

/** Bulk data. */
export const stream: Group = {
  rows: [
    {
      name: "1 GiB from a service's stdout to the program",
      unit: "MB/s",
      ours: "ours",
      other: DENO,
      reach: ratioAtLeast(0.8),
    },
  ],
  async measure(): Promise<Samples> {
    await using host = await localHost();
    return await takeTurns(5, {
      ours: () => megabytesPerSecond(() => readFromService(host.thread)),
      [DENO]: () => megabytesPerSecond(readWithDeno),
    });
  },
};

async function megabytesPerSecond(read: () => Promise<number>): Promise<number> {
  const begin = performance.now();
  const length = await read();
  if (length !== GIB) throw new Error(`${length} bytes came instead of ${GIB}`);
  return length / 1e3 / (performance.now() - begin);
}

async function readFromService(thread: Thread): Promise<number> {
  const { read, write } = await thread.pipe();
  const command = new Command(nativePath("bench_zeros"), [`${GIB}`]);
  const child = await thread.spawn(command, { fds: { 1: write } });
  await write.close();
  const reader = await thread.reader(read);
  await read.close();
  const length = await total(reader);
  await child.wait();
  return length;
}

async function readWithDeno(): Promise<number> {
  const options: Deno.CommandOptions = { args: [`${GIB}`], stdin: "null", stdout: "piped" };
  const child = new Deno.Command(nativePath("bench_zeros"), options).spawn();
  const length = await total(child.stdout);
  await child.status;
  return length;
}

async function total(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const chunk of chunks) length += chunk.length;
  return length;
}
