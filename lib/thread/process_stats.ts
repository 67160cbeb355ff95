/**
 * What a process and its tree use, by proc(5) on its host.
 *
 * The tree are the processes of the session that it leads and all descendants of those that are in it. One
 * that has left the session and whose parent has ended is not found, as it is not when a service ends.
 */
import { CpuReading } from "./cpu_reading.ts";
import type { SyscallThread } from "./runner.ts";
import { addReadStart, startText } from "./small_files.ts";

/** What the processes of a tree use together. */
export class ProcessStats extends CpuReading {
  readonly processes: number;
  readonly threads: number;
  /**
   * Bytes of memory that are resident, RSS. What several processes share, as programs and libraries are,
   * counts for each of them.
   */
  readonly rss: number;
  /**
   * Bytes of memory that are resident, PSS: what is shared counts in parts, so it counts once in the sum.
   * Undefined if it could not be read of each: of another user's processes, or one that ended meanwhile.
   */
  readonly pss: number | undefined;

  /** @param tree What /proc/PID/stat says of each, and smaps_rollup where it can be read. */
  constructor(uptime: string, tree: readonly Stat[], rollups: readonly string[], pageSize: number) {
    super(uptime, sum(tree.map(({ ticks }) => ticks)));
    this.processes = tree.length;
    this.threads = sum(tree.map(({ threads }) => threads));
    this.rss = sum(tree.map(({ pages }) => pages)) * pageSize;
    const shares = rollups.map((rollup) => Number(/^Pss:\s*(\d+) kB/m.exec(rollup)?.[1]));
    this.pss = shares.some(Number.isNaN) ? undefined : sum(shares) * 1024;
  }
}

/** A process by its /proc/PID/stat. */
interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** Its own processor time, and that of children that have ended and that it has waited for. */
  readonly ticks: number;
  readonly threads: number;
  readonly pages: number;
}

const STAT_ROOM = 1024;
const ROLLUP_ROOM = 2048;
const SMALL = 256;
/** Processes whose files are read by one batch. */
const AT_ONCE = 200;

/** What the tree of a process uses; undefined if it has ended. */
export async function processStats(
  thread: SyscallThread,
  pid: number,
): Promise<ProcessStats | undefined> {
  const tree = treeOf(pid, await allProcesses(thread));
  if (tree.length === 0) return undefined;
  const [uptime, rollups] = await Promise.all([
    readUptime(thread),
    readAll(thread, tree.map(({ pid }) => pid), "smaps_rollup", ROLLUP_ROOM),
  ]);
  return new ProcessStats(uptime, tree, rollups.map(startText), thread.host.pageSize);
}

/** What the trees of several processes use, by pid, as of one moment; without PSS. Those that have ended are left out. */
export async function manyProcessStats(
  thread: SyscallThread,
  pids: readonly number[],
): Promise<Map<number, ProcessStats>> {
  const [uptime, all] = await Promise.all([readUptime(thread), allProcesses(thread)]);
  const trees = pids.map((pid) => [pid, treeOf(pid, all)] as const);
  return new Map(
    trees.filter(([, tree]) => tree.length > 0).map(([pid, tree]) => [
      pid,
      new ProcessStats(uptime, tree, [""], thread.host.pageSize),
    ]),
  );
}

async function readUptime(thread: SyscallThread): Promise<string> {
  return startText(await thread.batch((b) => addReadStart(b, "/proc/uptime", SMALL)));
}

/** All processes of the host that can be seen. */
async function allProcesses(thread: SyscallThread): Promise<Stat[]> {
  const names = (await thread.readDirectory("/proc")).map(({ name }) => name);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await readAll(thread, pids, "stat", STAT_ROOM);
  return pids.flatMap((each, index) => parse(each, stats[index]));
}

/** A file of each process, undefined of those that have ended. */
async function readAll(
  thread: SyscallThread,
  pids: readonly number[],
  file: string,
  room: number,
): Promise<(Uint8Array | undefined)[]> {
  const batches = Array.from(
    { length: Math.ceil(pids.length / AT_ONCE) },
    (_, index) => pids.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );
  const read = await Promise.all(
    batches.map((some) =>
      thread.batch((b) => some.map((pid) => addReadStart(b, `/proc/${pid}/${file}`, room)))
    ),
  );
  return read.flat();
}

function parse(pid: number, stat: Uint8Array | undefined): Stat[] {
  const whole = startText(stat);
  // The name may hold anything, and ends with the last parenthesis.
  const fields = whole.slice(whole.lastIndexOf(")") + 2).split(" ");
  if (fields.length < 22) return [];
  const [state, ...numbers] = fields;
  const number = (field: number) => Number(numbers[field - 4]);
  // Zombies have ended.
  if (state === "Z" || state === "X") return [];
  const ticks = sum([14, 15, 16, 17].map(number));
  const own = { ticks, threads: number(20), pages: number(24) };
  return [{ pid, parent: number(4), session: number(6), ...own }];
}

function treeOf(root: number, all: readonly Stat[]): Stat[] {
  const children = Map.groupBy(all, ({ parent }) => parent);
  const found = new Set(all.filter(({ pid, session }) => pid === root || session === root));
  for (const { pid } of found) for (const child of children.get(pid) ?? []) found.add(child);
  return [...found].some(({ pid }) => pid === root) ? [...found] : [];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
