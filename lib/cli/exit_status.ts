/** What a failure is for who called the program. */
import { OccupiedError, SupersededError } from "../agent/mod.ts";
import { RequestError } from "../operate/mod.ts";
import { EXIT } from "../tools/mod.ts";
import { UsageError } from "./usage_error.ts";

/** The exit status of a program that ends with this. */
export function exitStatusOf(error: unknown): number {
  const is = (kind: Kind<Error>) => causeIn(error, kind) !== undefined;
  if (is(SupersededError)) return EXIT.SUPERSEDED;
  if (is(OccupiedError) || is(DeclinedError)) return EXIT.REFUSED;
  const request = causeIn(error, RequestError);
  if (request) return request.status === 409 || request.status === 403 ? EXIT.REFUSED : EXIT.USAGE;
  return is(UsageError) ? EXIT.USAGE : EXIT.FAILED;
}

/** Who was asked whether to do what a plan says has said no. */
export class DeclinedError extends Error {
  override readonly name = "DeclinedError";
}

type Kind<E extends Error> = abstract new (...args: never[]) => E;

/** The error of a kind that one is, or was caused by, if there is one. */
export function causeIn<E extends Error>(error: unknown, kind: Kind<E>): E | undefined {
  if (error instanceof kind) return error;
  if (error instanceof AggregateError) {
    return error.errors.values().map((each) => causeIn(each, kind)).find((each) => each);
  }
  return error instanceof Error ? causeIn(error.cause, kind) : undefined;
}
