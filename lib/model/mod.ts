/** What is known of a system: an ordered log of facts, and tables of hosts, steps and services. */
export type {
  Fact,
  ModelEvent,
  ScopeState,
  ServiceEnd,
  ServiceIdentity,
  ServiceStart,
  ServiceState,
  Step,
} from "./events.ts";
export {
  Journal,
  type JournalLine,
  type JournalPiece,
  JournalReader,
  type JournalReaderOptions,
} from "./journal.ts";
export { Model, type ModelOptions, type Moved } from "./model.ts";
export { Observers } from "./observers.ts";
export { starting, whichStarts } from "./starting.ts";
export type { HostRow, ScopeRow, ServiceRow, StepRow } from "./tables.ts";
