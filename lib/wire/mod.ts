/** The protocol between program and agent, without any I/O. */
export * from "./arguments.ts";
export * from "./batch.ts";
export * from "./constants.ts";
export * from "./errors.ts";
export * from "./events.ts";
export * from "./frame.ts";
export * from "./hello.ts";
export * from "./reply.ts";
export * from "./requests.ts";
export * from "./standing.ts";
