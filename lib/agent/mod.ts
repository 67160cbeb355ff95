/** The connection to an agent. */
export * from "./connection.ts";
export * from "./errors.ts";
export * from "./streams.ts";
export * from "./transport.ts";
