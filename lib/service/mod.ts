/** Services: processes that a nursery watches. */
export { howItFailed, ServiceError, type ServiceFailure } from "./failure.ts";
export type { Service } from "./service.ts";
export type { MonitorOptions, StartOptions } from "./options.ts";
export {
  command,
  type CommandProbe,
  http,
  type HttpOptions,
  type HttpProbe,
  type LogLine,
  logLine,
  type Probe,
  type ProbeOptions,
  type Readiness,
  type SdNotify,
  sdNotify,
  tcp,
  type TcpProbe,
} from "./readiness/readiness.ts";
export { letGo } from "./let_go.ts";
export { UnknownStandingError } from "./estate.ts";
export { NoteTooLongError } from "./note.ts";
export { PassingError } from "./passing.ts";
export { monitor, startService } from "./start.ts";
