/** Services: processes that a nursery watches. */
export { ServiceError, type ServiceFailure } from "./failure.ts";
export { monitor, type MonitorOptions, startService } from "./monitor.ts";
export { type Service, services } from "./registry.ts";
