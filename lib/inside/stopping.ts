/** Being asked to stop. @module */
import process from "node:process";

let controller: AbortController | undefined;

/**
 * Aborted when the service is asked to stop, by SIGTERM or SIGINT. Whoever has asked for it once must end
 * the service: these signals do not, any more.
 *
 * @example
 * ```ts no-eval
 * import { createServer } from "node:http";
 * import { stopping } from "bailiwick/service";
 *
 * const server = createServer();
 * stopping().addEventListener("abort", () => server.close());
 * ```
 */
export function stopping(): AbortSignal {
  if (!controller) {
    const made = controller = new AbortController();
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(
        signal,
        () => made.abort(new Error(`The service was asked to stop by ${signal}`)),
      );
    }
  }
  return controller.signal;
}
