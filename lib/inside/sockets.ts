/**
 * Listening sockets that a service was given, as sd_listen_fds(3) has them: their number and their names
 * are in its environment, the first is descriptor 3.
 *
 * @module
 */
import type { Server } from "node:net";
import process from "node:process";

const FIRST = 3;

/**
 * The descriptor of a listening socket: the one of a name, or the only one. A number is a descriptor already.
 *
 * @throws {TypeError} If there is none of that name; without a name, if there is none, or more than one.
 *
 * @example
 * ```ts no-eval
 * import { createServer } from "node:http";
 * import { socket } from "bailiwick/service";
 *
 * createServer().listen({ fd: socket("http") });
 * ```
 */
export function socket(which?: string | number): number {
  if (typeof which === "number") return which;
  const names = socketNames();
  const given = names.length === 0 ? "no sockets" : `the sockets ${names.join(", ")}`;
  if (which === undefined) {
    if (names.length === 1) return FIRST;
    throw new TypeError(
      `This service was given ${given}: it can be told only of one without a name`,
    );
  }
  const index = names.indexOf(which);
  if (index !== -1) return FIRST + index;
  throw new TypeError(`This service was given ${given}: there is none of the name ${which}`);
}

/**
 * Has a server of `node:net` or `node:http` take connections on a socket that the service was given; settles
 * when it does. Connections that came before wait in the backlog.
 *
 * @throws {TypeError} As {@linkcode socket}.
 * @throws {Error} If the descriptor is no listening socket.
 */
export async function listen(server: Server, which?: string | number): Promise<void> {
  const fd = socket(which);
  await new Promise<void>((resolve, reject) => {
    const failed = (cause: Error) =>
      reject(new Error(`Cannot listen on descriptor ${fd}: ${cause.message}`, { cause }));
    server.once("error", failed);
    server.listen({ fd }, () => {
      server.off("error", failed);
      resolve();
    });
  });
}

/** One for each; those without a name are `unknown`. */
function socketNames(): string[] {
  const { LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES = "" } = process.env;
  // They may be of a parent that left them in the environment.
  if (LISTEN_PID !== undefined && Number(LISTEN_PID) !== process.pid) return [];
  const names = LISTEN_FDNAMES.split(":");
  return Array.from({ length: Number(LISTEN_FDS ?? 0) }, (_, index) => names[index] || "unknown");
}
