/** What is to outlive the program, and cannot. */

/**
 * A service on a host that stands is asked for with something that ends with the program, so that each program
 * would ask for another one: a descriptor that no host holds, a temporary directory, a clone, a function.
 */
export class PassingError extends TypeError {
  override readonly name = "PassingError";
  /** The full name of the service. */
  readonly path: string;

  /** @param passing What that is, each with its field, and with what is written instead. */
  constructor(path: string, host: string, passing: readonly string[]) {
    super(
      `${path} is to outlive the program, on host ${host}, and is started from what does not: ${
        passing.join("; ")
      }`,
    );
    this.path = path;
  }
}
