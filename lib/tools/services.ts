/** Services as an operator sees them. */
import type { ScopeRow, ServiceRow } from "../model/mod.ts";
import { duration, table } from "./table.ts";

/** The table of services that `up` prints. */
export function serviceTable(services: readonly ServiceRow[]): string {
  const rows = latest(services).map((service) => {
    const { path, host, pid, address = "-", state } = service;
    const readyIn = timeToReady(service);
    return [
      path,
      host,
      `${pid}`,
      address,
      state,
      readyIn === undefined ? "-" : duration(readyIn),
    ];
  });
  return table(["SERVICE", "HOST", "PID", "ADDRESS", "STATE", "READY IN"], rows);
}

/** The table of scopes that do not simply stand, as one that asks; empty if there are none. */
export function scopeTable(scopes: readonly ScopeRow[]): string {
  const others = scopes.filter(({ state }) => state !== "standing");
  if (others.length === 0) return "";
  const rows = others.map(({ path, state, reason = "" }) => [path || "(system)", state, reason]);
  return table(["SCOPE", "STATE", "WHY"], rows);
}

/** Services as data, for JSON. */
export function serviceLines(services: readonly ServiceRow[]): readonly object[] {
  return latest(services).map((service) => {
    const { path, instance, host, pid, address, command, state, reason, says } = service;
    const identity = { path, instance: instance.toString(16) };
    const how = { state, reason, says, timeToReady: timeToReady(service) };
    return { ...identity, host, pid, address, command, ...how };
  });
}

/** Of each path the last; and all that live. */
function latest(services: readonly ServiceRow[]): readonly ServiceRow[] {
  const last = new Map(services.map((service) => [service.path, service]));
  return services.filter((service) =>
    service.ended === undefined || last.get(service.path) === service
  );
}

function timeToReady({ started, ready }: ServiceRow): number | undefined {
  return ready === undefined ? undefined : ready - started;
}
