/** Nurseries: owners of background tasks. */
export { CancelledError, NurseryClosedError } from "./errors.ts";
export { Nursery, type NurseryOptions } from "./nursery.ts";
