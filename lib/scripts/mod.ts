/** Services in TypeScript and JavaScript. */
export { scriptCommand, type ScriptOptions } from "./command.ts";
export type { Allowed, ScriptPermissions } from "./permissions.ts";
