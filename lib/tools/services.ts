/** Services as an operator sees them. */
import type { ServiceRow } from "../model/mod.ts";
import { duration, table } from "./table.ts";

/** The table of services that `up` prints. */
export function serviceTable(services: readonly ServiceRow[]): string {
  const rows = services.map((service) => {
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

/** Services as data, for JSON. */
export function serviceLines(services: readonly ServiceRow[]): readonly object[] {
  return services.map((service) => {
    const { path, instance, host, pid, address, command, state, reason, says } = service;
    const identity = { path, instance: instance.toString(16) };
    const how = { state, reason, says, timeToReady: timeToReady(service) };
    return { ...identity, host, pid, address, command, ...how };
  });
}

function timeToReady({ started, ready }: ServiceRow): number | undefined {
  return ready === undefined ? undefined : ready - started;
}
