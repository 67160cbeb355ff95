/** Programs whose modules are loaded again when they are saved. @module */
export { handOver } from "./hand_over.ts";
export { type Change, LiveModule, type LiveOptions } from "./live_module.ts";
export { placeOf } from "./stacks.ts";
