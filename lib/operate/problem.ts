/** Why a request is not answered as it asks. */
import { nearest } from "../system/policy/nearest.ts";

/** What is wrong with a request: it makes no sense, there is no such thing, it is refused as things are. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  /** As of HTTP. */
  readonly status: 400 | 403 | 404 | 409;
  /** The nearest right word, if there is one. */
  readonly nearest: string | undefined;

  constructor(status: RequestError["status"], message: string, near?: string) {
    super(message);
    this.status = status;
    this.nearest = near;
  }
}

/** The error for a name that nothing has. */
export function unknownName(
  what: string,
  name: string,
  known: readonly string[],
): RequestError {
  const near = nearest(name, known);
  const hint = near === undefined ? `there is no ${what}` : `the nearest is ${near}`;
  return new RequestError(404, `There is no ${what} ${JSON.stringify(name)}: ${hint}`, near);
}

/** The program that was asked has ended, or was before; whether it has done what it was asked is not known. */
export class ProgramGoneError extends Error {
  override readonly name = "ProgramGoneError";

  constructor(options?: ErrorOptions) {
    super("The program that runs the system has ended", options);
  }
}

/** The program that runs the system is there, and does not answer: it is paused, or busy. */
export class ProgramSilentError extends Error {
  override readonly name = "ProgramSilentError";

  constructor(pid: number) {
    super(
      `The program that runs the system, process ${pid}, does not answer: it is paused, or busy`,
    );
  }
}
