/**
 * Sockets that listen, and outlive the services on them: each of these has the same open socket, and can spoil it for
 * the next, by shutdown(2) as by listen(2). So it is mended when a service that was given it has ended, and before
 * another one is started with it.
 */
import { FileDescriptor } from "../thread/mod.ts";
import type { StartOptions } from "./options.ts";

/** Has a socket be again what it was when it was made. */
export type Mend = () => Promise<void>;

const mends = new WeakMap<FileDescriptor, Mend>();
const mending = new WeakMap<FileDescriptor, Promise<void>>();

/** Has a socket be mended when need be. */
export function lookAfter(socket: FileDescriptor, mend: Mend): void {
  mends.set(socket, mend);
}

/** A service with these options has ended. */
export function mendSockets(options: StartOptions): void {
  for (const socket of socketsOf(options)) {
    const mend = mends.get(socket);
    if (!mend) continue;
    const before = mending.get(socket) ?? Promise.resolve();
    // What cannot be mended is found out by who uses it.
    mending.set(socket, before.then(mend).catch(() => {}));
  }
}

/** Settles when those that are being mended are. */
export async function mendedSockets(options: StartOptions): Promise<void> {
  await Promise.all(socketsOf(options).map((socket) => mending.get(socket)));
}

function socketsOf({ sockets = {}, fds = {} }: StartOptions): FileDescriptor[] {
  return [...Object.values(sockets), ...Object.values(fds)]
    .filter((given) => given instanceof FileDescriptor && mends.has(given)) as FileDescriptor[];
}
