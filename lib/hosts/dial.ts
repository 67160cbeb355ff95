/** Dialling, and listening on, sockets of a host's network. */
import { AF, decodeSockaddr, IPPROTO, SO, SOCK, type Sockaddr, SOL, TCP } from "../abi/mod.ts";
import { type Batch, type Fd, FileDescriptor, Result, type Thread } from "../thread/mod.ts";
import { Connection } from "./connection.ts";
import type { HelperThreads } from "./helper_threads.ts";

const SOCKADDR_ROOM = 128;

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
    const { fd, remoteAddress } = accept(b, listening);
    return { remoteAddress, localAddress: b.getsockname(fd), ...openStreams(b, fd) };
  });
  return new Connection(parts);
}

/** accept4(2) with the peer's address: a peer that is gone again has none to ask for later. */
function accept(
  b: Batch,
  listening: FileDescriptor,
): { fd: Result<FileDescriptor>; remoteAddress: Result<Sockaddr> } {
  const { encoder, thread } = b;
  const room = encoder.room(SOCKADDR_ROOM);
  const length = encoder.room(4);
  encoder.blobView().setUint32(length.value, SOCKADDR_ROOM, true);
  const outputs = { room: encoder.output(room, SOCKADDR_ROOM), length: encoder.output(length, 4) };
  const number = listening.numberOn(thread);
  const result = b.syscall("accept4", number, room, length, SOCK.CLOEXEC);
  return {
    fd: new Result(
      result.argument,
      (reply) => new FileDescriptor(thread, result.decode(reply)),
    ),
    remoteAddress: new Result(result.argument, (reply) => {
      const bytes = reply.output(outputs.length);
      const size = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
      return decodeSockaddr(reply.output(outputs.room).subarray(0, size));
    }),
  };
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
