/** Services: processes that a nursery watches. */
export { howItFailed, ServiceError, type ServiceFailure } from "./failure.ts";
export type { Service } from "./life.ts";
export { monitor, type MonitorOptions, type StartOptions, startService } from "./start.ts";
