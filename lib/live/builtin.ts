/**
 * Built-in modules that only reloading needs. Deno takes 30 ms for them; a bundle imports whatever a part of
 * it imports at its beginning, and would have them in every program.
 */
import process from "node:process";

export const vm = process.getBuiltinModule("node:vm");
export const { stripTypeScriptTypes } = process.getBuiltinModule("node:module");
