/**
 * A connected pair of sockets in this process, one end of which is Deno's.
 *
 * It is a connection that Deno accepts, and not socketpair(2): an adopted descriptor goes through the
 * layers of `node:net`, which cost a sixth of a round trip. Its names are in the abstract namespace of
 * unix(7), so that nothing is left of it however the program ends.
 *
 * Any user of this machine can connect to such a name. The kernel gives a name to one socket at a time, so
 * the connection that is accepted is the program's own if it comes from the name that its other end has.
 */
import { AF, SOCK, SockaddrUn } from "../abi/mod.ts";
import type { FileDescriptor } from "../thread/mod.ts";
import { programThread } from "./program_thread.ts";

/** Connections of others that are refused before it is given up. */
const MOST_OTHERS = 1000;

/** Makes a pair; both ends are the caller's. */
export async function connectedSockets(): Promise<{ stream: Deno.UnixConn; far: FileDescriptor }> {
  const name = `\0bailiwick-${crypto.randomUUID()}`;
  const farName = `${name}-far`;
  using listener = Deno.listen({ transport: "unix", path: name });
  const far = await connectedTo(name, farName);
  try {
    return { stream: await acceptFrom(listener, farName), far };
  } catch (error) {
    await far.close();
    throw error;
  }
}

/** It does not wait, so that others who fill the listener's queue cannot hold up the program. */
async function connectedTo(name: string, ownName: string): Promise<FileDescriptor> {
  return await programThread().batch((b) => {
    const far = b.socket(AF.UNIX, SOCK.STREAM | SOCK.NONBLOCK);
    b.bind(far, new SockaddrUn(ownName));
    b.connect(far, new SockaddrUn(name));
    return far;
  });
}

async function acceptFrom(listener: Deno.UnixListener, name: string): Promise<Deno.UnixConn> {
  for (let i = 0; i <= MOST_OTHERS; i++) {
    const stream = await listener.accept();
    if ((stream.remoteAddr as Deno.UnixAddr).path === name) return stream;
    stream.close();
  }
  throw new Error("Cannot start an agent: some user of this machine connects to its sockets");
}
