/** Looking at every host of a topology without starting anything. */
import { type Host, type StoreSpace, storeSpace } from "bailiwick";
import { gatewaydPackage } from "./gatewayd/mod.ts";
import { orderdPackage } from "./orderd/mod.ts";
import { positiondPackage } from "./positiond/mod.ts";
import { connectTo, rolesOf, type TopologyFlags } from "./topology.ts";

/** What was found out of one host. */
export interface HostCheck {
  readonly host: string;
  readonly reachable: boolean;
  /** Milliseconds of one round trip. */
  readonly latency?: number;
  readonly architecture?: string;
  readonly kernel?: string;
  /** Bytes that can be written where packages are deployed to. */
  readonly free?: number;
  /** What is missing, or why it cannot be reached. */
  readonly missing: readonly string[];
}

const PACKAGES = [positiondPackage, orderdPackage, gatewaydPackage];
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
  let host: Host;
  try {
    host = await connectTo(name, flags, {});
  } catch (error) {
    return { host: shown, reachable: false, missing: [messageOf(error)] };
  }
  await using _closed = host;
  try {
    return await look(shown, host);
  } catch (error) {
    return { host: shown, reachable: true, missing: [messageOf(error)] };
  }
}

async function look(name: string, { thread, info }: Host): Promise<HostCheck> {
  const times: number[] = [];
  for (let i = 0; i < ROUND_TRIPS; i++) {
    const begin = performance.now();
    await thread.getpid();
    times.push(performance.now() - begin);
  }
  const built = await Promise.all(PACKAGES.map((source) => source.isBuiltFor(info.arch)));
  const absent = PACKAGES.filter((_, index) => !built[index]);
  const space = await storeSpace(thread).catch(messageOf);
  return {
    host: name,
    reachable: true,
    latency: Math.min(...times),
    architecture: info.arch,
    kernel: info.release,
    ...(typeof space !== "string" && { free: space.available }),
    missing: [
      ...absent.map((source) => `${source.name} for ${info.arch}`),
      ...shortage(space),
    ],
  };
}

function shortage(space: StoreSpace | string): string[] {
  if (typeof space === "string") return [space];
  return space.available < LEAST_FREE ? [`space: ${space.path} has less than 256 MiB`] : [];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : `${error}`;
}
