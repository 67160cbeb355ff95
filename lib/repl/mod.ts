/** JavaScript in the running program. @module */
export type { Question, Reply } from "./messages.ts";
export { Repl } from "./repl.ts";
export { serveRepl } from "./serve.ts";
