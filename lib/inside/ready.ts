/** Saying that a service is ready. @module */
import { Socket } from "node:net";
import process from "node:process";
import { READY } from "./variables.ts";

let said: Promise<void> | undefined;

/**
 * Says that this service can be used: its sockets listen, its files are there. Settles when that was said;
 * saying it again changes nothing. A service whose readiness nobody waits for may say it, too.
 *
 * @throws {Error} If the descriptor is none, as in a process that has inherited the variable alone.
 */
export function ready(): Promise<void> {
  const fd = process.env[READY];
  return said ??= fd === undefined ? Promise.resolve() : say(Number(fd));
}

/** A descriptor that was inherited is no open file to Deno, but a stream can be made of it. */
function say(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = new Socket({ fd, readable: false, writable: true });
    stream.once("error", (cause) => {
      const why = `Cannot say on descriptor ${fd} that the service is ready: ${cause.message}`;
      reject(new Error(why, { cause }));
    });
    stream.once("close", () => resolve());
    stream.end("\n");
  });
}
