/** Dialling, and listening on, sockets of a host's network. */
import { AF, IPPROTO, SO, SOCK, type Sockaddr, SOL, TCP } from "../abi/mod.ts";
import type { Batch, Fd, FileDescriptor, Result, Thread } from "../thread/mod.ts";
import { Connection } from "./connection.ts";
import type { HelperThreads } from "./helper_threads.ts";

/** How a connection is made. */
export interface DialOptions {
  /** Gives up; nothing is left of the attempt. */
  signal?: AbortSignal | undefined;
}

/** Connects from the host of these threads. */
export async function dial(
  helpers: HelperThreads,
  address: Sockaddr,
  { signal }: DialOptions,
): Promise<Connection> {
  checkAddress(address);
  signal?.throwIfAborted();
  const parts = await helpers.run((thread) =>
    thread.batch((b) => {
      const fd = b.socket(address.family, SOCK.STREAM);
      setNoDelay(b, fd, address);
      b.connect(fd, address);
      return { localAddress: b.getsockname(fd), ...openStreams(b, fd) };
    }, { signal })
  );
  const connection = new Connection({ ...parts, remoteAddress: address });
  if (signal?.aborted) {
    await connection.close();
    throw signal.reason;
  }
  return connection;
}

/** A bound and listening socket. */
export async function listenOn(
  thread: Thread,
  address: Sockaddr,
  backlog: number,
): Promise<{ fd: FileDescriptor; bound: Sockaddr }> {
  checkAddress(address);
  return await thread.batch((b) => {
    const fd = b.socket(address.family, SOCK.STREAM);
    if (address.family !== AF.UNIX) b.setsockopt(fd, SOL.SOCKET, SO.REUSEADDR, 1);
    b.bind(fd, address);
    b.listen(fd, backlog);
    return { fd, bound: b.getsockname(fd) };
  });
}

/** Accepts one connection, however long that takes. */
export async function acceptOn(thread: Thread, listening: FileDescriptor): Promise<Connection> {
  const parts = await thread.batch((b) => {
    const { fd, address: remoteAddress } = b.acceptFrom(listening);
    return { remoteAddress, localAddress: b.getsockname(fd), ...openStreams(b, fd) };
  });
  return new Connection(parts);
}

/** Gives both directions to the agent, and the descriptor up. */
function openStreams(b: Batch, fd: Result<FileDescriptor>) {
  const streams = { reader: b.reader(fd), writer: b.writer(fd) };
  b.close(fd);
  return streams;
}

function setNoDelay(b: Batch, fd: Fd, address: Sockaddr): void {
  if (address.family !== AF.UNIX) b.setsockopt(fd, IPPROTO.TCP, TCP.NODELAY, 1);
}

/** A relative path would be looked up from wherever a helper thread happens to stand. */
function checkAddress(address: Sockaddr): void {
  if (address.family !== AF.UNIX || /^[/\0]/.test(address.path)) return;
  throw new TypeError(`The path of a host's Unix socket must be absolute, not "${address.path}"`);
}
