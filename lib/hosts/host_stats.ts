/** What a host uses and has, by proc(5) and statfs(2): one round trip. */
import type { Milliseconds } from "../clock/mod.ts";
import { TICK } from "../thread/cpu_reading.ts";
import {
  type CallOptions,
  CpuReading,
  type FileSystem,
  type PathLike,
  type SyscallThread,
} from "../thread/mod.ts";
import { shownPath } from "../thread/path.ts";
import { addReadStart, startText } from "../thread/small_files.ts";

/** What is looked at besides. */
export interface HostStatsOptions extends CallOptions {
  /** Paths on the file systems whose use is asked for. */
  disks?: readonly PathLike[];
}

/** Memory of a host, in bytes. */
export interface HostMemory {
  readonly total: number;
  /** What can be had without swapping, as the kernel estimates: free, and of caches what can be dropped. */
  readonly available: number;
  /** What is used for nothing. */
  readonly free: number;
  readonly swapTotal: number;
  readonly swapFree: number;
}

/** What a host uses and has. `cpuTime` is that of all its processes, and of the kernel. */
export class HostStats extends CpuReading {
  /** Processors that it runs on. */
  readonly cpus: number;
  /** Time that processors were idle, or waited for a disk. */
  readonly idleTime: Milliseconds;
  /** Processes that run or wait for a disk, on average over 1, 5 and 15 minutes. */
  readonly load: readonly [number, number, number];
  readonly memory: HostMemory;
  /** The file systems that were asked for, by path. */
  readonly disks: ReadonlyMap<string, FileSystem>;

  constructor(files: ProcFiles, disks: ReadonlyMap<string, FileSystem>) {
    const { busy, idle } = ticksOf(files.stat);
    super(files.uptime, busy);
    this.idleTime = idle * TICK;
    this.cpus = files.stat.match(/^cpu\d+ /gm)?.length ?? 0;
    this.load = files.loadavg.split(" ").slice(0, 3).map(Number) as [number, number, number];
    this.memory = memoryOf(files.meminfo);
    this.disks = disks;
  }
}

/** The files of proc(5) that say it. */
interface ProcFiles {
  readonly stat: string;
  readonly uptime: string;
  readonly loadavg: string;
  readonly meminfo: string;
}

/** Bytes for each; of `stat` the lines of processors come first. */
const STAT_ROOM = 64 * 1024;
const ROOM = 8192;

/**
 * Reads it.
 *
 * @throws {SyscallError} If a disk's path is not there.
 */
export async function hostStats(
  thread: SyscallThread,
  { disks = [], signal }: HostStatsOptions,
): Promise<HostStats> {
  const { read, found } = await thread.batch((b) => ({
    read: {
      stat: addReadStart(b, "/proc/stat", STAT_ROOM),
      uptime: addReadStart(b, "/proc/uptime", ROOM),
      loadavg: addReadStart(b, "/proc/loadavg", ROOM),
      meminfo: addReadStart(b, "/proc/meminfo", ROOM),
    },
    found: disks.map((path) => b.statfs(path)),
  }), { signal });
  const [stat, uptime] = [startText(read.stat), startText(read.uptime)];
  const [loadavg, meminfo] = [startText(read.loadavg), startText(read.meminfo)];
  const shown = disks.map((path, index) => [shownPath(path), found[index]!] as const);
  return new HostStats({ stat, uptime, loadavg, meminfo }, new Map(shown));
}

/** What is idle of the times: the rest is user, nice, system, irq, softirq, steal. */
const IDLE: readonly number[] = [3, 4];
/** Times after these are of guests, which are in the user's already. */
const COUNTED = 8;

function ticksOf(stat: string): { readonly busy: number; readonly idle: number } {
  const [, line = ""] = /^cpu +(.*)$/m.exec(stat) ?? [];
  let [busy, idle] = [0, 0];
  for (const [index, ticks] of line.split(" ").slice(0, COUNTED).entries()) {
    if (IDLE.includes(index)) idle += Number(ticks);
    else busy += Number(ticks);
  }
  return { busy, idle };
}

function memoryOf(meminfo: string): HostMemory {
  const of = (name: string) =>
    1024 * Number(new RegExp(`^${name}: *(\\d+) kB`, "m").exec(meminfo)?.[1]);
  return {
    total: of("MemTotal"),
    available: of("MemAvailable"),
    free: of("MemFree"),
    swapTotal: of("SwapTotal"),
    swapFree: of("SwapFree"),
  };
}
