/** Calls of <sys/socket.h> that make sockets and connect them. */
import type { Result } from "../result.ts";
import type { FileDescriptor } from "../descriptor.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import { type AF, type SHUT, SOCK, type Sockaddr } from "../../abi/mod.ts";
import type { CallEncoder, Fd } from "../encoder.ts";
import { addressBytes, checkNatural, nothing } from "./arguments.ts";
import { addressRoom } from "./socket_address.ts";

/**
 * socket(2), close-on-exec.
 *
 * @example
 * ```ts
 * import { AF, SO, SOCK, SockaddrIn, SOL, type Thread } from "bailiwick";
 *
 * async function listen(thread: Thread, port: number) {
 *   const sock = await thread.socket(AF.INET, SOCK.STREAM);
 *   await sock.setsockopt(SOL.SOCKET, SO.REUSEADDR, 1);
 *   await sock.bind(new SockaddrIn("127.0.0.1", port));
 *   await sock.listen(1024);
 *   return sock;
 * }
 * ```
 */
export const socket: CallFunction<
  [domain: AF, type: SOCK, protocol?: number],
  Result<FileDescriptor>
> = defineCall(
  "socket",
  3,
  (e, domain, type, protocol = 0) => {
    const args = [domain, type | SOCK.CLOEXEC, protocol];
    return e.descriptor(e.call("socket", args, { what: "make a socket", opens: "result" }));
  },
);

/** socketpair(2), close-on-exec. */
export const socketpair: CallFunction<
  [domain: AF, type: SOCK],
  { first: Result<FileDescriptor>; second: Result<FileDescriptor> }
> = defineCall(
  "socketpair",
  2,
  (e, domain, type) => {
    const pair = e.output(8);
    const args = [domain, type | SOCK.CLOEXEC, 0, pair.ref];
    e.call("socketpair", args, { what: "make a socket pair", opens: { pair: 3 } });
    return { first: e.descriptorAt(pair, 0), second: e.descriptorAt(pair, 4) };
  },
);

/** bind(2). */
export const bind: DescriptorCallFunction<[address: Sockaddr], Result<void>> = defineDescriptorCall(
  "bind",
  1,
  (e, fd, address) => {
    const bytes = addressBytes(address);
    const what = () => `bind to ${address}`;
    return e.call("bind", [fd, e.bytes(bytes), bytes.length], { what, decode: nothing });
  },
);

/** listen(2). */
export const listen: DescriptorCallFunction<[backlog: number], Result<void>> = defineDescriptorCall(
  "listen",
  1,
  (e, fd, backlog) => {
    const what = () => `listen on ${e.label(fd)}`;
    return e.call("listen", [fd, checkNatural(backlog, "A backlog")], { what, decode: nothing });
  },
);

/** connect(2). */
export const connect: DescriptorCallFunction<[address: Sockaddr], Result<void>> =
  defineDescriptorCall(
    "connect",
    1,
    (e, fd, address) => {
      const bytes = addressBytes(address);
      const what = () => `connect to ${address}`;
      return e.call("connect", [fd, e.bytes(bytes), bytes.length], { what, decode: nothing });
    },
  );

/** accept4(2): the connection, close-on-exec. */
export const accept: DescriptorCallFunction<[], Result<FileDescriptor>> = defineDescriptorCall(
  "accept",
  0,
  (e, fd) => {
    const what = () => `accept a connection on ${e.label(fd)}`;
    const args = [fd, 0, 0, SOCK.CLOEXEC];
    return e.descriptor(e.call("accept4", args, { what, opens: "result" }));
  },
);

/** accept4(2) with the peer's address: a peer that is gone again has none to ask for later. */
export const acceptFrom: DescriptorCallFunction<
  [],
  { fd: Result<FileDescriptor>; address: Result<Sockaddr> }
> = defineDescriptorCall(
  "acceptFrom",
  0,
  (e, fd) => {
    const { name, length, decode } = addressRoom(e);
    const what = () => `accept a connection on ${e.label(fd)}`;
    const args = [fd, name, length, SOCK.CLOEXEC];
    const accepted = e.call("accept4", args, { what, opens: "result" });
    return { fd: e.descriptor(accepted), address: e.derived(accepted, decode) };
  },
);

/** getsockname(2). In a scope that is run again a socket that is bound is not asked once more. */
export const getsockname: DescriptorCallFunction<[], Result<Sockaddr>> = defineDescriptorCall(
  "getsockname",
  0,
  (e, fd) => addressOf(e, "getsockname", fd),
);

/** getpeername(2). */
export const getpeername: DescriptorCallFunction<[], Result<Sockaddr>> = defineDescriptorCall(
  "getpeername",
  0,
  (e, fd) => addressOf(e, "getpeername", fd),
);

/** shutdown(2). */
export const shutdown: DescriptorCallFunction<[how: SHUT], Result<void>> = defineDescriptorCall(
  "shutdown",
  1,
  (e, fd, how) => {
    const what = () => `shut ${e.label(fd)} down`;
    return e.call("shutdown", [fd, how], { what, decode: nothing });
  },
);

function addressOf(e: CallEncoder, call: "getsockname" | "getpeername", fd: Fd) {
  const { name, length, decode } = addressRoom(e);
  const what = () => `ask for the address of ${e.label(fd)}`;
  return e.call(call, [fd, name, length], { what, decode: (_, answer) => decode(answer) });
}
