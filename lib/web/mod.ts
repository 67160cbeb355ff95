/** The web page of a running system. */
export { type PageOptions, type ServedPage, servePage } from "./server.ts";
