/** Something that cannot be copied, such as a socket, or not in safety; the message says what, and why. */
export class NotCopyableError extends Error {
  override readonly name = "NotCopyableError";
}
