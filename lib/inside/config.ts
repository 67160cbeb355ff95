/** What the program tells a service. @module */
import process from "node:process";
import { CONFIG } from "./variables.ts";

/**
 * What `config` of `scriptCommand` was: plain data, as JSON has it. Its type is the caller's to say; a type
 * that the component and its service share keeps both in step.
 *
 * @throws {TypeError} If the service was given none.
 *
 * @example
 * ```ts no-eval
 * import { config } from "bailiwick/service";
 *
 * interface GreeterConfig {
 *   readonly greeting: string;
 * }
 *
 * console.log(config<GreeterConfig>().greeting);
 * ```
 */
export function config<T>(): T {
  const text = process.env[CONFIG];
  if (text !== undefined) return JSON.parse(text);
  throw new TypeError(
    `This service was given no config: ${CONFIG} is not set; name it in scriptCommand's options`,
  );
}
