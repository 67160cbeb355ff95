/** Services as an operator sees them. */
import type { Service } from "../service/mod.ts";
import { duration, table } from "./table.ts";

/** The table of services that `up` prints. */
export function serviceTable(services: readonly Service[]): string {
  const rows = services.map((service) => [
    service.name,
    service.host,
    `${service.pid}`,
    service.address ?? "-",
    service.state,
    service.timeToReady === undefined ? "-" : duration(service.timeToReady),
  ]);
  return table(["SERVICE", "HOST", "PID", "ADDRESS", "STATE", "READY IN"], rows);
}
