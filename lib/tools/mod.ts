/**
 * What a program's command line is made of.
 *
 * @module
 */
export { EXIT, runUntilStopped } from "./run.ts";
export { serviceTable } from "./services.ts";
export { duration, table } from "./table.ts";
