/** A system, as what is run on hosts that are connected to. */
import type { Nursery } from "../nursery/mod.ts";
import type { SystemBody } from "./live_system.ts";
import type { ConnectedHosts } from "./places.ts";
import type { AnySystem } from "./system.ts";

/** The body of the scope that a whole system is in. */
export function startOn(
  hosts: ConnectedHosts,
  system: AnySystem,
  options: Readonly<Record<string, unknown>>,
): SystemBody {
  return async (nursery: Nursery) =>
    await system.system(nursery, await hosts.places(nursery), options) ?? {};
}
