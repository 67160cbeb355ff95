/** Results on standard output. */

/** Nobody reads the results any more, as `head` that has enough: there is no use going on, and nothing is wrong. */
export class NoReaderError extends Error {
  override readonly name = "NoReaderError";
}

/**
 * Writes a line, or several, whole.
 *
 * @throws {NoReaderError} If nobody reads it any more.
 */
export function print(text: string): void {
  const bytes = new TextEncoder().encode(`${text}\n`);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  } catch (cause) {
    if (!(cause instanceof Deno.errors.BrokenPipe)) throw cause;
    throw new NoReaderError("Nobody reads standard output", { cause });
  }
}
