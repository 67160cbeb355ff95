/** The command line makes no sense: the message says what it should be, and the exit status is 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
