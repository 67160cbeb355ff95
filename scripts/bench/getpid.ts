/** One system call: on a thread, in the program's own process, and in batches. */
import { localHost, programThread, type Thread } from "bailiwick";
import { abi } from "../../lib/abi/mod.ts";
import { ffi } from "../../lib/hosts/ffi.ts";
import { microseconds, takeTurns } from "./measure.ts";
import { EchoPeer, runPeer } from "./peers.ts";
import { atMost, type Group, ratioAtMost, type Samples } from "./row.ts";

/** Bytes of the frame that asks for one getpid. */
const FRAME_LENGTH = 88;
const BATCH = 1000;
const ECHO = "C echo over as many hops";
const BARE = "bare FFI syscall";
const LOOP = "C loop";

/** One system call. Turns are of a millisecond or so, so that few are hit by what else runs. */
export const getpid: Group = {
  rows: [
    {
      name: "getpid on a thread",
      unit: "µs",
      ours: "thread",
      other: ECHO,
      reach: ratioAtMost(1.3),
    },
    {
      name: "getpid on programThread",
      unit: "µs",
      ours: "program",
      other: BARE,
      reach: atMost(2, "µs"),
    },
    {
      name: "getpid in batches of 1,000, each",
      unit: "µs",
      ours: "batch",
      other: LOOP,
      reach: atMost(2, "µs"),
    },
  ],
  async measure(): Promise<Samples> {
    await using host = await localHost();
    await using peer = await EchoPeer.start();
    const { thread } = host;
    await microseconds(3000, () => thread.getpid());
    await microseconds(3000, () => programThread().getpid());
    bareSyscalls(20_000);
    return await takeTurns(100, {
      thread: () => microseconds(50, () => thread.getpid()),
      [ECHO]: () => echoes(peer, 50),
      program: () => microseconds(500, () => programThread().getpid()),
      [BARE]: () => Promise.resolve(bareSyscalls(500)),
      batch: async () => await microseconds(2, () => batch(thread)) / BATCH,
      [LOOP]: () => runPeer("bench_syscalls", 5000),
    });
  },
};

function echoes(peer: EchoPeer, times: number): Promise<number> {
  const bytes = new Uint8Array(FRAME_LENGTH);
  return microseconds(times, () => peer.echo(bytes));
}

function bareSyscalls(times: number): number {
  const { bw_syscall } = ffi();
  const nr = BigInt(abi(Deno.build.arch).syscalls.getpid);
  const begin = performance.now();
  for (let i = 0; i < times; i++) bw_syscall(nr, 0n, 0n, 0n, 0n, 0n, 0n);
  return (performance.now() - begin) * 1000 / times;
}

function batch(thread: Thread): Promise<number[]> {
  return thread.batch((b) => Array.from({ length: BATCH }, () => b.getpid()));
}
