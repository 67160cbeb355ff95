/** Looking at every host of a topology without starting anything. */
import { BuiltinPackage, type Host } from "bailiwick";
import { connectTo, rolesOf, type TopologyFlags } from "./topology.ts";

/** What was found out of one host. */
export interface HostCheck {
  readonly host: string;
  readonly reachable: boolean;
  /** Milliseconds of one round trip. */
  readonly latency?: number;
  readonly architecture?: string;
  readonly kernel?: string;
  /** Bytes that can be written. */
  readonly free?: number;
  /** What is missing, or why it cannot be reached. */
  readonly missing: readonly string[];
}

const PACKAGES = ["positiond", "orderd", "gatewayd"].map((name) => new BuiltinPackage(name));
const ROUND_TRIPS = 5;
const LEAST_FREE = 256 * 1024 * 1024;

/** Connects to every host of a topology, all at once. */
export async function checkHosts(flags: TopologyFlags): Promise<HostCheck[]> {
  const { front, shards } = rolesOf(flags);
  const names = [...new Set([front, ...shards])];
  return await Promise.all(names.map((name) => checkHost(name, flags)));
}

async function checkHost(name: string, flags: TopologyFlags): Promise<HostCheck> {
  const shown = name === "" ? "local" : name;
  try {
    await using host = await connectTo(name, flags, {});
    return await look(shown, host);
  } catch (error) {
    const missing = [error instanceof Error ? error.message : `${error}`];
    return { host: shown, reachable: false, missing };
  }
}

async function look(name: string, { thread, info }: Host): Promise<HostCheck> {
  const times: number[] = [];
  for (let i = 0; i < ROUND_TRIPS; i++) {
    const begin = performance.now();
    await thread.getpid();
    times.push(performance.now() - begin);
  }
  const home = info.environment["HOME"] ?? "/";
  const free = (await thread.batch((b) => b.statfs(home))).available;
  const built = await Promise.all(PACKAGES.map((source) => source.isBuiltFor(info.arch)));
  const absent = PACKAGES.filter((_, index) => !built[index]);
  return {
    host: name,
    reachable: true,
    latency: Math.min(...times),
    architecture: info.arch,
    kernel: info.release,
    free,
    missing: [
      ...absent.map((source) => `${source.name} for ${info.arch}`),
      ...(free < LEAST_FREE ? [`space: ${home} has less than 256 MiB`] : []),
    ],
  };
}
