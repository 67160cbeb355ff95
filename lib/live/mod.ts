/** Programs whose modules are loaded again when they are saved. @module */
export { type Change, LiveModule, type LiveOptions, type Loaded } from "./live_module.ts";
export { placeOf } from "./stacks.ts";
