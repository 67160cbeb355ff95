/** Nurseries: owners of background tasks. */
export { CancelledError, NurseryClosedError } from "./errors.ts";
export { Nursery, type NurseryOptions, type OrderedOptions } from "./nursery.ts";
export type { StopGroup, Turn } from "./stop_order.ts";
