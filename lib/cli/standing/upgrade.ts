/** `hosts upgrade`: the agents that stand go on as those of this program, in place, with all that they keep. */
import { ownBuild } from "../../agent/mod.ts";
import { EXIT, table } from "../../tools/mod.ts";
import { targetOptions } from "../flags.ts";
import type { AnySystem, Topologies } from "../system.ts";
import { type SystemFlags, systemNameOf } from "./flags.ts";
import { HostRecord, type RecordedHost, targetOf } from "./record.ts";
import { SystemState } from "./state.ts";

/** What has become of the agent of a host. */
interface Outcome {
  readonly host: string;
  readonly before?: string;
  readonly after?: string;
  /** Why it is as it was, or is not known. */
  readonly problem?: string;
}

const SHORT = 8;

/**
 * Has the agents on all hosts of a system go on as those of this program. Status 1 if one cannot.
 *
 * @throws {UsageError} If the system is not known on this machine.
 */
export async function upgradeAgents(
  system: AnySystem,
  flags: SystemFlags & { readonly json: boolean },
): Promise<void> {
  const name = systemNameOf(system, flags);
  const hosts = await new HostRecord(await SystemState.known(name)).hosts();
  const outcomes = await Promise.all(hosts.map((host) => upgrade(name, system.topologies, host)));
  for (const outcome of flags.json ? outcomes : []) console.log(JSON.stringify(outcome));
  if (!flags.json) console.log(table(["HOST", "AGENT"], outcomes.map(shown)));
  if (outcomes.some(({ problem }) => problem !== undefined)) Deno.exitCode = EXIT.FAILED;
}

async function upgrade(
  system: string,
  topologies: Topologies,
  recorded: RecordedHost,
): Promise<Outcome> {
  const { name, way } = recorded;
  const build = async (upgrade: boolean) => {
    await using host = await targetOf(topologies, recorded).connect({
      ...targetOptions(way),
      standing: { system, mode: "look", upgrade },
    });
    return { is: host.info.standing!.build, own: await ownBuild(host.info.arch) };
  };
  try {
    const { is, own } = await build(false);
    return { host: name, before: is, after: is === own ? is : (await build(true)).is };
  } catch (error) {
    return { host: name, problem: error instanceof Error ? error.message : `${error}` };
  }
}

function shown({ host, before, after, problem }: Outcome): [string, string] {
  if (problem !== undefined) return [host, problem];
  const [old, now] = [before!.slice(0, SHORT), after!.slice(0, SHORT)];
  return [host, old === now ? `${now}, as before` : `${now}; it was ${old}`];
}
