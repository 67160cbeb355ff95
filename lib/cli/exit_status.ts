/** What a failure is for who called the program. */
import { OccupiedError, SupersededError } from "../agent/mod.ts";
import { EXIT } from "../tools/mod.ts";
import { UsageError } from "./usage_error.ts";

/** The exit status of a program that ends with this. */
export function exitStatusOf(error: unknown): number {
  if (hasCause(error, SupersededError)) return EXIT.SUPERSEDED;
  if (hasCause(error, OccupiedError)) return EXIT.REFUSED;
  return hasCause(error, UsageError) ? EXIT.USAGE : EXIT.FAILED;
}

function hasCause(error: unknown, kind: abstract new (...args: never[]) => Error): boolean {
  if (error instanceof kind) return true;
  if (error instanceof AggregateError) return error.errors.some((each) => hasCause(each, kind));
  return error instanceof Error && error.cause !== undefined && hasCause(error.cause, kind);
}
