/** Waiting for a line of a service's output. */
import { type Milliseconds, systemClock, within } from "../../clock/mod.ts";
import { type ChildProcess, ServiceNotReadyError } from "../../thread/mod.ts";
import type { LogLine } from "./readiness.ts";

/** How long it is waited for how a process ended whose output did. */
const END_PATIENCE: Milliseconds = 1000;

/**
 * Settles when it has written such a line. It must be called in the turn in which the process came to be.
 *
 * @throws {ServiceNotReadyError} If its output ends first.
 */
export async function untilLine({ pattern, flags }: LogLine, process: ChildProcess): Promise<void> {
  const expression = flags === undefined ? undefined : new RegExp(pattern, flags);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const log = process.log!;
  using _watching = log.onLine((line) => {
    if (expression ? expression.test(line) : line.includes(pattern)) resolve();
  });
  log.ended.then(async () => {
    await within(systemClock, END_PATIENCE, process.waitFor([])).catch(() => {});
    const line = expression ? `${expression}` : JSON.stringify(pattern);
    reject(new ServiceNotReadyError(process, `ended its output without a line that has ${line}`));
  });
  await promise;
}
