/** `hosts check`: looking at every host of a topology without starting anything. */
import type { Host } from "../hosts/mod.ts";
import { type StoreSpace, storeSpace } from "../packages/mod.ts";
import { duration, EXIT, table } from "../tools/mod.ts";
import { type HostFlags, targetOptions, targetsOf } from "./flags.ts";
import type { SystemFlags } from "./standing/flags.ts";
import { type Resident, residentsOn, residentTable } from "./standing/residents.ts";
import type { AnySystem } from "./system.ts";
import { distinct, type Target, type TargetOptions } from "./targets.ts";

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
  /** The systems of this user that stand there. */
  readonly residents?: readonly Resident[];
  /** What is missing, or why it cannot be reached. */
  readonly missing: readonly string[];
}

/** How a host is looked at. */
interface Look {
  readonly options: TargetOptions;
  /** The only system whose residents matter, if it is one. */
  readonly only: string | undefined;
  /** What the system asks of it besides. */
  readonly ask: (host: Host) => Promise<readonly string[]>;
}

const ROUND_TRIPS = 5;
const LEAST_FREE = 256 * 1024 * 1024;

/**
 * Prints a row for each host; the exit status says whether anything is missing.
 *
 * @throws {UsageError} If the flags make no sense.
 */
export async function check(
  system: AnySystem,
  flags: HostFlags & SystemFlags & { json: boolean },
): Promise<void> {
  const targets = distinct(targetsOf(system.topologies, flags));
  const look: Look = {
    options: targetOptions(flags),
    only: flags.system,
    ask: async (host) => await system.check?.(host) ?? [],
  };
  const checks = await Promise.all(targets.map((target) => checkHost(target, look)));
  if (checks.some(({ missing }) => missing.length > 0)) Deno.exitCode = EXIT.FAILED;
  console.log(flags.json ? JSON.stringify({ hosts: checks }) : shown(checks));
}

async function checkHost(target: Target, look: Look): Promise<HostCheck> {
  let host: Host;
  try {
    host = await target.connect(look.options);
  } catch (error) {
    return { host: target.name, reachable: false, missing: [messageOf(error)] };
  }
  await using _closed = host;
  try {
    return await lookAt(target, host, look);
  } catch (error) {
    return { host: target.name, reachable: true, missing: [messageOf(error)] };
  }
}

async function lookAt(
  target: Target,
  host: Host,
  { options, only, ask }: Look,
): Promise<HostCheck> {
  const { thread, info } = host;
  const times: number[] = [];
  for (let i = 0; i < ROUND_TRIPS; i++) {
    const begin = performance.now();
    await thread.getpid();
    times.push(performance.now() - begin);
  }
  const space = await storeSpace(thread).catch(messageOf);
  return {
    host: target.name,
    reachable: true,
    latency: Math.min(...times),
    architecture: info.arch,
    kernel: info.release,
    ...(typeof space !== "string" && { free: space.available }),
    residents: await residentsOn(host, target, options, only),
    missing: [...await ask(host), ...shortage(space)],
  };
}

function shortage(space: StoreSpace | string): string[] {
  if (typeof space === "string") return [space];
  return space.available < LEAST_FREE ? [`space: ${space.path} has less than 256 MiB`] : [];
}

function shown(checks: readonly HostCheck[]): string {
  const heading = ["HOST", "REACHABLE", "LATENCY", "ARCHITECTURE", "KERNEL", "FREE", "MISSING"];
  const hosts = table(
    heading,
    checks.map((check) => [
      check.host,
      check.reachable ? "yes" : "no",
      check.latency === undefined ? "-" : duration(check.latency),
      check.architecture ?? "-",
      check.kernel ?? "-",
      check.free === undefined ? "-" : `${(check.free / 2 ** 30).toFixed(1)} GiB`,
      check.missing.join("; ") || "nothing",
    ]),
  );
  const residents = residentTable(checks);
  return residents === "" ? hosts : `${hosts}\n\n${residents}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : `${error}`;
}
