/** `down`: ends all of a system that stands, with or without a program that is in charge. */
import { EXIT } from "../../tools/mod.ts";
import { targetOptions } from "../flags.ts";
import type { AnySystem, Topologies } from "../system.ts";
import { type SystemFlags, systemNameOf } from "./flags.ts";
import { HostRecord, type RecordedHost, targetOf, unrecorded } from "./record.ts";
import { SystemState } from "./state.ts";

/** What has become of a host. */
interface Outcome {
  readonly host: RecordedHost;
  /** Why it was not reached. */
  readonly problem?: string;
}

/**
 * Ends what stands on every host of a system, or on those that are named; these may be ones that no program
 * knows any more. Status 1, and what stands still, if a host cannot be reached.
 *
 * @throws {UsageError} If no host is named, and the system is not known on this machine.
 */
export async function down(
  system: AnySystem,
  flags: SystemFlags & { host: readonly string[] },
): Promise<void> {
  const { topologies } = system;
  const name = systemNameOf(system, flags);
  const state = flags.host.length > 0 ? new SystemState(name) : await SystemState.known(name);
  const record = new HostRecord(state);
  const hosts = named(await record.hosts(), flags.host, topologies);
  const outcomes = await Promise.all(hosts.map((host) => end(name, topologies, host)));
  const ended = outcomes.filter(({ problem }) => problem === undefined);
  for (const { host, problem } of outcomes) console.log(told(host, problem));
  if (ended.length < outcomes.length) Deno.exitCode = EXIT.FAILED;
  await record.forget(new Set(ended.map(({ host }) => host.name)));
}

type Reachable = RecordedHost & { readonly target?: ReturnType<typeof targetOf> };

function named(
  recorded: readonly RecordedHost[],
  names: readonly string[],
  topologies: Topologies,
): readonly Reachable[] {
  if (names.length === 0) return recorded;
  return names.map((name) =>
    recorded.find((host) => host.name === name) ?? unrecorded(name, topologies)
  );
}

async function end(system: string, topologies: Topologies, host: Reachable): Promise<Outcome> {
  try {
    const target = host.target ?? targetOf(topologies, host);
    const standing = { system, mode: "take-over" } as const;
    const connected = await target.connect({ ...targetOptions(host.way), standing });
    await connected.down();
    return { host };
  } catch (error) {
    return { host, problem: error instanceof Error ? error.message : `${error}` };
  }
}

function told({ name, services }: RecordedHost, problem: string | undefined): string {
  if (problem === undefined) return `${name}: nothing of it is left`;
  const paths = services.map(({ path }) => path);
  const runs = paths.length === 0
    ? "nothing is known of what it runs"
    : `when it was last seen it ran ${paths.join(", ")}`;
  return `${name}: not reached, so what stands there stands; ${runs}. ${problem}`;
}
