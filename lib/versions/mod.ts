/** The programs that ran a system, kept whole, so that each can be run again. @module */
export { type ProgramFile, thisProgram } from "./program.ts";
export { type KeptProgram, Programs, type Start } from "./programs.ts";
