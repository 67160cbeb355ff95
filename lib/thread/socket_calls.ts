/** Calls on sockets. */
import { decodeSockaddr, MSG, SCM, SO, SOCK, type Sockaddr, SOL } from "../abi/mod.ts";
import type { BlobRef, Output, Reply, SpaceRef } from "../wire/mod.ts";
import { type Fd, nothing, number } from "./batch_core.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { FileCalls } from "./file_calls.ts";
import { Result } from "./result.ts";

const MSGHDR_SIZE = 56;
const CMSGHDR_SIZE = 16;
const SOCKADDR_ROOM = 128;

/** A batch's calls on sockets; {@linkcode SyscallThread} documents each. */
export class SocketCalls extends FileCalls {
  socket(domain: number, type: number, protocol = 0): Result<FileDescriptor> {
    const args = [domain, type | SOCK.CLOEXEC, protocol];
    return this.descriptor(this.add("socket", args, "make a socket", number));
  }

  socketpair(
    domain: number,
    type: number,
  ): { first: Result<FileDescriptor>; second: Result<FileDescriptor> } {
    const { ref, output } = this.outputBuffer(8);
    this.add("socketpair", [domain, type | SOCK.CLOEXEC, 0, ref], "make a socket pair", nothing);
    return {
      first: this.descriptorAt(ref.value, output, 0),
      second: this.descriptorAt(ref.value, output, 4),
    };
  }

  bind(fd: Fd, address: Sockaddr): Result<void> {
    const bytes = address.encode();
    const args = [this.fd(fd), this.encoder.put(bytes), bytes.length];
    return this.add("bind", args, () => `bind to ${address}`, nothing);
  }

  listen(fd: Fd, backlog: number): Result<void> {
    return this.add("listen", [this.fd(fd), backlog], "listen", nothing);
  }

  connect(fd: Fd, address: Sockaddr): Result<void> {
    const bytes = address.encode();
    const args = [this.fd(fd), this.encoder.put(bytes), bytes.length];
    return this.add("connect", args, () => `connect to ${address}`, nothing);
  }

  accept(fd: Fd): Result<FileDescriptor> {
    const args = [this.fd(fd), 0, 0, SOCK.CLOEXEC];
    return this.descriptor(this.add("accept4", args, "accept a connection", number));
  }

  getsockname(fd: Fd): Result<Sockaddr> {
    return this.#name("getsockname", fd);
  }

  getpeername(fd: Fd): Result<Sockaddr> {
    return this.#name("getpeername", fd);
  }

  setsockopt(fd: Fd, level: number, option: number, value: number): Result<void> {
    const ref = this.encoder.room(4);
    this.encoder.blobView().setInt32(ref.value, value, true);
    const args = [this.fd(fd), level, option, ref, 4];
    return this.add("setsockopt", args, `set socket option ${option}`, nothing);
  }

  getsockopt(fd: Fd, level: number, option: number): Result<number> {
    const { ref, output } = this.outputBuffer(4);
    const args = [this.fd(fd), level, option, ref, this.#length(4).ref];
    const decode = (_: number, reply: Reply) => viewOf(reply.output(output)).getInt32(0, true);
    return this.add("getsockopt", args, `get socket option ${option}`, decode);
  }

  /** Credentials of a Unix socket's peer when it connected: SO_PEERCRED. */
  peerCredentials(fd: Fd): Result<{ pid: number; uid: number; gid: number }> {
    const { ref, output } = this.outputBuffer(12);
    const args = [this.fd(fd), SOL.SOCKET, SO.PEERCRED, ref, this.#length(12).ref];
    return this.add("getsockopt", args, "see who the peer is", (_, reply) => {
      const view = viewOf(reply.output(output));
      const [pid, uid, gid] = [0, 4, 8].map((at) => view.getInt32(at, true));
      return { pid: pid!, uid: uid!, gid: gid! };
    });
  }

  shutdown(fd: Fd, how: number): Result<void> {
    return this.add("shutdown", [this.fd(fd), how], "shut a socket down", nothing);
  }

  sendDescriptors(fd: Fd, bytes: Uint8Array, fds: readonly Fd[]): Result<number> {
    const control = this.encoder.room(CMSGHDR_SIZE + fds.length * 4);
    const controlLength = CMSGHDR_SIZE + fds.length * 4;
    const header = this.#message(this.encoder.put(bytes), bytes.length, control, controlLength);
    const view = this.encoder.blobView();
    view.setBigUint64(control.value, BigInt(controlLength), true);
    view.setInt32(control.value + 8, SOL.SOCKET, true);
    view.setInt32(control.value + 12, SCM.RIGHTS, true);
    fds.forEach((item, index) => {
      const at = control.value + CMSGHDR_SIZE + index * 4;
      if (item instanceof Result) this.encoder.patchInt32(this.next, at, item.argument);
      else view.setInt32(at, item.numberOn(this.thread), true);
    });
    return this.add("sendmsg", [this.fd(fd), header, MSG.NOSIGNAL], "send descriptors", number);
  }

  receiveDescriptors(
    fd: Fd,
    length: number,
    count: number,
  ): Result<{ bytes: Uint8Array; fds: FileDescriptor[] }> {
    const { ref, output } = this.readBuffer(length);
    const controlLength = CMSGHDR_SIZE + count * 4;
    const control = this.outputBuffer(controlLength);
    const header = this.#message(ref, length, control.ref, controlLength);
    const headerOutput = this.encoder.output(header, MSGHDR_SIZE);
    const args = [this.fd(fd), header, MSG.CMSG_CLOEXEC];
    return this.add("recvmsg", args, "receive descriptors", (_, reply) => {
      const received = Number(viewOf(reply.output(headerOutput)).getBigUint64(40, true));
      const view = viewOf(reply.output(control.output));
      const end = received < CMSGHDR_SIZE ? 0 : Number(view.getBigUint64(0, true));
      const fds = [];
      for (let at = CMSGHDR_SIZE; at + 4 <= end; at += 4) {
        fds.push(new FileDescriptor(this.thread, view.getInt32(at, true)));
      }
      return { bytes: reply.output(output), fds };
    });
  }

  #name(call: "getsockname" | "getpeername", fd: Fd): Result<Sockaddr> {
    const { ref, output } = this.outputBuffer(SOCKADDR_ROOM);
    const length = this.#length(SOCKADDR_ROOM);
    return this.add(
      call,
      [this.fd(fd), ref, length.ref],
      "ask for a socket's address",
      (_, reply) => {
        const size = viewOf(reply.output(length.output)).getUint32(0, true);
        return decodeSockaddr(reply.output(output).subarray(0, size));
      },
    );
  }

  /** A length that the kernel reads and updates. */
  #length(value: number): { ref: BlobRef; output: Output } {
    const buffer = this.outputBuffer(4);
    this.encoder.blobView().setUint32(buffer.ref.value, value, true);
    return buffer;
  }

  /** A `struct msghdr` with one `struct iovec`. */
  #message(
    data: BlobRef | SpaceRef,
    length: number,
    control: BlobRef,
    controlLength: number,
  ): BlobRef {
    const iovec = this.encoder.room(16);
    const header = this.encoder.room(MSGHDR_SIZE);
    const view = this.encoder.blobView();
    view.setBigUint64(iovec.value + 8, BigInt(length), true);
    view.setBigUint64(header.value + 24, 1n, true);
    view.setBigUint64(header.value + 40, BigInt(controlLength), true);
    this.encoder.patchPointer(this.next, iovec.value, data);
    this.encoder.patchPointer(this.next, header.value + 16, iovec);
    this.encoder.patchPointer(this.next, header.value + 32, control);
    return header;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
