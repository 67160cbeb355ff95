/** Agents that stand on a host for systems, whether a program is in charge of them or not. */
import { S } from "../../abi/mod.ts";
import { SyscallError } from "../../agent/mod.ts";
import type { Milliseconds } from "../../clock/mod.ts";
import type { Host } from "../../hosts/mod.ts";
import { duration, table } from "../../tools/mod.ts";
import type { Target, TargetOptions } from "../targets.ts";

/** One of them. */
export interface Resident {
  readonly system: string;
  /** Of the program that was in charge last. */
  readonly generation: string;
  readonly build: string;
  /** How many services it keeps. */
  readonly services: number;
  /** Since it began. */
  readonly age: Milliseconds;
}

/** Finds the residents of the host's user; `system` only, if one is named. */
export async function residentsOn(
  host: Host,
  target: Target,
  options: TargetOptions,
  system?: string,
): Promise<Resident[]> {
  const sockets = await socketsOn(host);
  const wanted = sockets.filter(({ name }) => system === undefined || name === system);
  return await Promise.all(wanted.map(({ name, age }) => residentOf(target, options, name, age)));
}

/** The table of those on several hosts; empty if there are none. */
export function residentTable(
  hosts: readonly { readonly host: string; readonly residents?: readonly Resident[] }[],
): string {
  const rows = hosts.flatMap(({ host, residents = [] }) =>
    residents.map(({ system, services, build, generation, age }) => [
      ...[system, host, `${services}`, build.slice(0, 8), generation, duration(age)],
    ])
  );
  const heading = ["STANDING", "HOST", "SERVICES", "BUILD", "GENERATION", "FOR"];
  return rows.length === 0 ? "" : table(heading, rows);
}

/** The sockets of residents, by the names of their systems, as the agent has them (native/agent/resident.c). */
async function socketsOn({ thread, info }: Host): Promise<{ name: string; age: Milliseconds }[]> {
  const directory = thread.path(standingDirectory(info)).join(info.nodename);
  const entries = await thread.readDirectory(directory).catch(noneIfMissing);
  const now = Date.now();
  const found = entries.map(async ({ name }) => {
    const { mode, mtime } = await thread.stat(directory.join(`${name}`, "agent"));
    const isSocket = (mode & S.IFMT) === S.IFSOCK;
    return isSocket
      ? [{ name: `${name}`, age: Math.max(0, now - Number(mtime / 1_000_000n)) }]
      : [];
  });
  return (await Promise.all(found.map((each) => each.catch(noneIfMissing)))).flat();
}

function standingDirectory({ environment, uid }: Host["info"]): string {
  const { XDG_STATE_HOME: state, HOME: home } = environment;
  const found = [state, home && `${home}/.local/state`].find((path) => path?.startsWith("/"));
  return found === undefined ? `/var/tmp/bailiwick-${uid}/standing` : `${found}/bailiwick/standing`;
}

function noneIfMissing(error: unknown): [] {
  if (error instanceof SyscallError && error.code === "ENOENT") return [];
  throw error;
}

async function residentOf(
  target: Target,
  options: TargetOptions,
  system: string,
  age: Milliseconds,
): Promise<Resident> {
  await using host = await target.connect({ ...options, standing: { system, mode: "look" } });
  const stands = await host.look();
  const services = stands.filter(({ state }) => state === "kept").length;
  const { build, generation } = host.info.standing!;
  return { system, generation: `${generation}`, build, services, age };
}
