/**
 * The command line makes no sense: the message says what it should be, and the exit status is 2. A system,
 * a command, and an option that reads its value by itself may throw it.
 *
 * @example
 * ```ts
 * import { UsageError } from "bailiwick/cli";
 *
 * export function checkRange(from: number, to: number): void {
 *   if (from > to) throw new UsageError(`--from ${from} comes after --to ${to}`);
 * }
 * ```
 */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
