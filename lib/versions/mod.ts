/** The programs that ran a system, kept whole, so that each can be run again. @module */
export { guard } from "./guard.ts";
export { Guardian, GuardianError, type GuardianOptions, linesOf, SAYS } from "./guardian.ts";
export { thisProgram, type WholeProgram } from "./program.ts";
export { type KeptProgram, Programs, type Start } from "./programs.ts";
