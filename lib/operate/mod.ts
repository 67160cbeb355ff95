/** A running system, as it is looked at and acted on from outside of its program. */
export type {
  Actions,
  ChoiceView,
  EndView,
  EventMessage,
  EventView,
  ExecMessage,
  HostView,
  LogMessage,
  Outcome,
  Problem,
  ProgramView,
  ScopeView,
  ServiceDetail,
  ServiceView,
  Snapshot,
  StepView,
  UsageView,
} from "./api.ts";
export { API } from "./api.ts";
export { Client } from "./client.ts";
export { type Handler, handlerOf, json, type Route, type Routes, stream } from "./handler.ts";
export { ProgramGoneError, ProgramSilentError, RequestError, unknownName } from "./problem.ts";
export { Server } from "./server.ts";
export { RunningSystem } from "./system.ts";
export { Usage } from "./usage.ts";
