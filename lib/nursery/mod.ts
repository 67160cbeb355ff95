/** Nurseries: owners of background tasks. */
export { CronLine } from "./cron.ts";
export { CancelledError, NurseryClosedError } from "./errors.ts";
export { every, type EveryOptions, type Periodic, type PeriodicEvent } from "./every.ts";
export type { Claim, Fingerprint, Keeper, Place, Standing } from "./keeper.ts";
export { Nursery, type NurseryOptions, type OrderedOptions } from "./nursery.ts";
export type { StopGroup, Turn } from "./stop_order.ts";
