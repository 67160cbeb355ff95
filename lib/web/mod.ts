/** The web page of a running system. @module */
export { answer, Page, type Serving } from "./server.ts";
