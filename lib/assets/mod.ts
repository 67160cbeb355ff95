/** The program's own native files. @module */
export * from "./assets.ts";
