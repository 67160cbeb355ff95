/** The protocol between program and agent, without any I/O. */
export * from "./batch.ts";
export * from "./constants.ts";
export * from "./errors.ts";
export * from "./frame.ts";
export * from "./reply.ts";
