/** How scopes fail. Each error names the path of its scope, and keeps what caused it as `cause`. */

/** A scope has failed for good: its policy said so, or nobody could answer what it asked. */
export class ScopeError extends Error {
  override readonly name = "ScopeError";
  /** The path of the scope. */
  readonly path: string;

  constructor(path: string, message: string, options?: ErrorOptions) {
    super(path === "" ? message : `Scope ${path}: ${message}`, options);
    this.path = path;
  }
}

/** A name was claimed twice in one run of a scope. */
export class DuplicateNameError extends Error {
  override readonly name = "DuplicateNameError";

  /**
   * @param first Where it was claimed first, as the stack of an error.
   * @param second Where it was claimed again.
   */
  constructor(path: string, first: string | undefined, second: string | undefined) {
    const places = [first, second].map((stack) => claimedAt(stack));
    super(
      `${path} is claimed twice in one run: ${
        places.join(", and ")
      }. Names are unique in a scope: ` +
        "give one of them another by the option name",
    );
  }
}

/** The first place of a stack that is not the library's own. */
export function claimedAt(stack: string | undefined): string {
  const lines = (stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const own = new URL("../../", import.meta.url).href;
  const line = lines.find((line) => !line.includes(own)) ?? lines.at(-1) ?? "an unknown place";
  return line.trim();
}

/** What a scope was told cannot be done as it is now. */
export class ScopeStateError extends Error {
  override readonly name = "ScopeStateError";
}

/** A service ended by itself with status 0, which it was not to do. */
export class EndedError extends Error {
  override readonly name = "EndedError";

  constructor(path: string) {
    super(
      `${path} ended by itself, with status 0. If that is what it is to do, start it with finite: true`,
    );
  }
}

/** A service was to be started with a process that is gone, and no other has come. */
export class LateError extends Error {
  override readonly name = "LateError";

  constructor(path: string) {
    super(
      `${path} is not started: a process that it was given has ended, and there is no other yet`,
    );
  }
}
