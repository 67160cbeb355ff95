/**
 * Connecting from a service's host. One batch does all of it: the kernel waits for the connection there, so
 * the time that the link takes does not count.
 *
 * A connection to a port of the kernel's own choosing, which nobody listens on, can be one to itself; that is
 * nobody's answer.
 */
import { AF, ERRNO, POLL, SO, SOCK, type Sockaddr, SOL } from "../../abi/mod.ts";
import { SyscallError } from "../../agent/mod.ts";
import type { Milliseconds } from "../../clock/mod.ts";
import type { Batch, FileDescriptor, Result } from "../../thread/mod.ts";
import type { TcpProbe } from "./readiness.ts";
import { inSeconds, TryError, type Trying } from "./trying.ts";

/** What a connect gives before it is known how it goes on: EINPROGRESS of connect(2). */
const GOES_ON = -Object.entries(ERRNO).find(([, { code }]) => code === "EINPROGRESS")![0];

/** A connection that is being made. */
export type Connecting = {
  readonly fd: Result<FileDescriptor>;
  readonly result: Result<number>;
  readonly events: Result<number[]>;
  readonly error: Result<number>;
  readonly own: Result<Sockaddr>;
};

/** Adds a connection to a batch. It does not block but for the time given. */
export function addConnect(b: Batch, address: Sockaddr, timeout: Milliseconds): Connecting {
  const fd = b.socket(address.family, SOCK.STREAM | SOCK.NONBLOCK);
  const bytes = address.encode();
  const what = () => `connect to ${address}`;
  const args = [fd, b.bytes(bytes), bytes.length];
  const result = b.call("connect", args, { what, mayFail: true });
  const events = b.poll([{ fd, events: POLL.OUT }], timeout);
  const error = b.getsockopt(fd, SOL.SOCKET, SO.ERROR);
  return { fd, result, events, error, own: b.getsockname(fd) };
}

/** What a connection became. */
export interface Connected {
  readonly result: number;
  readonly events: readonly number[];
  readonly error: number;
  readonly own: Sockaddr;
}

/** @throws {TryError | SyscallError} If it did not become one. */
export function checkConnected(
  address: Sockaddr,
  { result, events, error, own }: Connected,
  { timeout, thread }: Trying,
): void {
  const what = `connect to ${address}`;
  const failed = (errno: number) =>
    new SyscallError({ syscall: "connect", errno, what, host: thread.host.name });
  if (result < 0 && result !== GOES_ON) throw failed(-result);
  if (events[0] === 0) {
    throw new TryError(`no connection to ${address} within ${inSeconds(timeout)}`);
  }
  if (error !== 0) throw failed(error);
  if (address.family !== AF.UNIX && `${own}` === `${address}`) {
    throw new TryError(`nobody listens on ${address}`);
  }
}

/** Whether a connection is taken. */
export async function tryTcp({ address }: TcpProbe, trying: Trying): Promise<void> {
  const { thread, timeout, signal } = trying;
  const connected = await thread.batch((b) => {
    const connecting = addConnect(b, address, timeout);
    b.close(connecting.fd);
    const { result, events, error, own } = connecting;
    return { result, events, error, own };
  }, { signal });
  checkConnected(address, connected, trying);
}
