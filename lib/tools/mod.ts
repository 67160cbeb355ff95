/**
 * What a program's command line is made of.
 *
 * @module
 */
export { type Completable, completionScript, SHELLS } from "./completions.ts";
export { type FailureContext, showFailure, unsettled } from "./failure_screen.ts";
export { NoReaderError, print } from "./print.ts";
export { Progress } from "./progress.ts";
export { EXIT, runUntilStopped } from "./run.ts";
export { Runners } from "./runners.ts";
export { scopeTable, serviceLines, serviceTable } from "./services.ts";
export { duration, table } from "./table.ts";
export { bar, type Screen, Terminal } from "./terminal.ts";
