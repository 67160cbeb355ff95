/** Nurseries: owners of background tasks. */
export type { Claim, Keeper, Place } from "./claims.ts";
export { CronLine } from "./cron.ts";
export { CancelledError, NurseryClosedError } from "./errors.ts";
export { every, type EveryOptions, type Periodic, type PeriodicEvent } from "./every.ts";
export type { Fingerprint, Foreseen, Ground, Left, Standing, Supposed } from "./keeper.ts";
export { Nursery, type NurseryOptions, type OrderedOptions } from "./nursery.ts";
export type { Section } from "./section.ts";
export type { Part, StopGroup, Turn, Used } from "./turn.ts";
export { UNKEPT } from "./keeper.ts";
