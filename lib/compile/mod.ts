/**
 * Making the executable of a system.
 *
 * @module
 */
export { compile, type Compiled, type CompiledFile, type CompileOptions } from "./compile.ts";
