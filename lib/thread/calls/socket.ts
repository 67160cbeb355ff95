/** Calls of <sys/socket.h> but messages, which are in `message.ts`. */
import type { Answer, Result } from "../result.ts";
import type { FileDescriptor } from "../descriptor.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import {
  type AF,
  decodeSockaddr,
  type SHUT,
  SO,
  SOCK,
  type Sockaddr,
  SOL,
  STRUCT,
} from "../../abi/mod.ts";
import { type CallEncoder, type Fd, viewOf } from "../encoder.ts";
import { checkNatural, nothing } from "./arguments.ts";

/** Room for an address of any family: `struct sockaddr_storage`. */
const SOCKADDR_ROOM = 128;

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
    const bytes = address.encode();
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
      const bytes = address.encode();
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

/** getsockname(2). */
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

/** setsockopt(2) with an integer as the value. */
export const setsockopt: DescriptorCallFunction<
  [level: number, option: number, value: number],
  Result<void>
> = defineDescriptorCall(
  "setsockopt",
  3,
  (e, fd, level, option, value) => {
    const ref = e.struct(4, (view, at) => view.setInt32(at, value, true));
    const what = `set socket option ${option}`;
    return e.call("setsockopt", [fd, level, option, ref, 4], { what, decode: nothing });
  },
);

/** getsockopt(2) with an integer as the value. */
export const getsockopt: DescriptorCallFunction<[level: number, option: number], Result<number>> =
  defineDescriptorCall(
    "getsockopt",
    2,
    (e, fd, level, option) => {
      const { ref, output } = e.output(4);
      return e.call("getsockopt", [fd, level, option, ref, lengthOf(e, 4).ref], {
        what: `get socket option ${option}`,
        decode: (_, answer) => viewOf(answer.output(output)).getInt32(0, true),
      });
    },
  );

/** Credentials of a Unix socket's peer when it connected: SO_PEERCRED of unix(7). */
export const peerCredentials: DescriptorCallFunction<
  [],
  Result<{ pid: number; uid: number; gid: number }>
> = defineDescriptorCall(
  "peerCredentials",
  0,
  (e, fd) => {
    const { SIZE, pid, uid, gid } = STRUCT.ucred;
    const { ref, output } = e.output(SIZE);
    return e.call("getsockopt", [fd, SOL.SOCKET, SO.PEERCRED, ref, lengthOf(e, SIZE).ref], {
      what: () => `see who the peer of ${e.label(fd)} is`,
      decode: (_, answer) => {
        const view = viewOf(answer.output(output));
        const at = (offset: number) => view.getInt32(offset, true);
        return { pid: at(pid), uid: at(uid), gid: at(gid) };
      },
    });
  },
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

/** Room for an address, and its length, which the kernel reads and updates. */
function addressRoom(e: CallEncoder) {
  const name = e.output(SOCKADDR_ROOM);
  const length = lengthOf(e, SOCKADDR_ROOM);
  const decode = (answer: Answer): Sockaddr => {
    const size = viewOf(answer.output(length.output)).getUint32(0, true);
    return decodeSockaddr(answer.output(name.output).subarray(0, size));
  };
  return { name: name.ref, length: length.ref, decode };
}

function lengthOf(e: CallEncoder, value: number) {
  return e.output(4, (view, at) => view.setUint32(at, value, true));
}
