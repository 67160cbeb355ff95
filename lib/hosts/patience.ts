/** Waiting for what a process leaves behind, which may never come to its end. */

/** Milliseconds that the rest of standard error is waited for when its process has ended. */
const STDERR_PATIENCE = 1000;

/** Settles when all of standard error is there, or has been waited for long enough. */
export async function restOfStderr(ended: Promise<void> | undefined): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, STDERR_PATIENCE);
  await Promise.race([ended, late]);
  clearTimeout(timer);
}
