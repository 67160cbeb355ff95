/** A system as it is now, by its program where there is one, else by what its hosts say. */
import type { Client, ServiceView, Snapshot, UsageView } from "../../operate/mod.ts";
import { Lookouts, type Sight } from "../standing/lookouts.ts";
import { HostRecord } from "../standing/record.ts";
import { type SystemFlags, systemNameOf } from "../standing/flags.ts";
import { SystemState } from "../standing/state.ts";
import type { ServiceLine } from "../standing/rows.ts";
import type { AnySystem } from "../system.ts";
import { findAnswering } from "./program.ts";

/** What was seen. */
export interface Look {
  readonly services: readonly ServiceLine[];
  /** The scopes and the rest, if a program was asked. */
  readonly model: Snapshot | undefined;
  /** Hosts that cannot be reached, with why. */
  readonly problems: readonly { readonly host: string; readonly problem: string }[];
}

/**
 * Looks once.
 *
 * @throws {UsageError} If the system is not known on this machine.
 */
export async function look(system: AnySystem, flags: SystemFlags): Promise<Look> {
  using client = await findAnswering(system, flags);
  if (!client) return await lookAtHosts(system, flags);
  return await lookBy(client, system, flags);
}

/** Looks through a program; and at hosts that it does not know of any more. */
export async function lookBy(
  client: Client,
  system: AnySystem,
  flags: SystemFlags,
): Promise<Look> {
  const [model, usage, { standing }] = await Promise.all([
    client.model(),
    client.usage(),
    client.program(),
  ]);
  const known = new Set(model.hosts.map(({ host }) => host));
  const others = standing ? await sightsOf(system, flags, (host) => !known.has(host)) : [];
  const lost = model.hosts.filter(({ state }) => state === "lost");
  return {
    model,
    services: [
      ...model.services.map((view) => lineOf(view, usage[view.name])),
      ...others.flatMap(({ rows }) => rows),
    ],
    problems: [
      ...lost.map(({ host, reason = "it is lost" }) => ({ host, problem: reason })),
      ...problemsOf(others),
    ],
  };
}

async function lookAtHosts(system: AnySystem, flags: SystemFlags): Promise<Look> {
  const sights = await sightsOf(system, flags, () => true);
  return {
    services: sights.flatMap(({ rows }) => rows),
    model: undefined,
    problems: problemsOf(sights),
  };
}

async function sightsOf(
  system: AnySystem,
  flags: SystemFlags,
  isWanted: (host: string) => boolean,
): Promise<readonly Sight[]> {
  const state = await SystemState.known(systemNameOf(system, flags));
  const hosts = (await new HostRecord(state).hosts()).filter(({ name }) => isWanted(name));
  await using lookouts = new Lookouts(state.system, system.topologies);
  return await lookouts.look(hosts);
}

function problemsOf(sights: readonly Sight[]): Look["problems"] {
  return sights.flatMap(({ host, problem }) => problem === undefined ? [] : [{ host, problem }]);
}

function lineOf(view: ServiceView, usage: UsageView | undefined): ServiceLine {
  const { name, scope, instance, host, pid, state, since, started, restarts } = view;
  const { address, reason, says, paused, lastEnd } = view;
  return {
    ...{ name, host, pid, state, since, restarts, scope, instance, started },
    ...(address !== undefined && { address }),
    ...(reason !== undefined && { reason }),
    ...(says !== undefined && { says }),
    ...(paused !== undefined && { paused }),
    ...(lastEnd && { lastEnd }),
    ...(usage && { usage }),
  };
}
