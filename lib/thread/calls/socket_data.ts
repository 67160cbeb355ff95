/** Calls of <sys/socket.h> that send and receive bytes: datagrams above all, udp(7). */
import { MSG, type Sockaddr } from "../../abi/mod.ts";
import { defineDescriptorCall, type DescriptorCallFunction } from "../call.ts";
import type { Result } from "../result.ts";
import { addressBytes, checkLength, content } from "./arguments.ts";
import { addressRoom } from "./socket_address.ts";

/** sendto(2) to an address: returns how many bytes were sent. It never raises SIGPIPE. */
export const sendto: DescriptorCallFunction<
  [bytes: Uint8Array | string, address: Sockaddr, flags?: MSG],
  Result<number>
> = defineDescriptorCall(
  "sendto",
  3,
  (e, fd, bytes, address, flags = 0) => {
    const [data, name] = [content(bytes), addressBytes(address)];
    const rest = [flags | MSG.NOSIGNAL, e.bytes(name), name.length];
    return e.call("sendto", [fd, e.bytes(data), data.length, ...rest], {
      what: () => `send to ${address}`,
    });
  },
);

/** send(2) on a connected socket: returns how many bytes were sent. It never raises SIGPIPE. */
export const send: DescriptorCallFunction<
  [bytes: Uint8Array | string, flags?: MSG],
  Result<number>
> = defineDescriptorCall(
  "send",
  2,
  (e, fd, bytes, flags = 0) => {
    const data = content(bytes);
    return e.call("sendto", [fd, e.bytes(data), data.length, flags | MSG.NOSIGNAL, 0, 0], {
      what: () => `send on ${e.label(fd)}`,
    });
  },
);

/**
 * recvfrom(2): up to `length` bytes, and who sent them; nobody where the protocol or the sender has no
 * address. `size` is what the kernel returned: with `MSG.TRUNC` the datagram's own length, also when there
 * was no room for all of it.
 *
 * @example
 * ```ts
 * import { AF, SOCK, SockaddrIn, type Thread } from "bailiwick";
 *
 * async function echo(thread: Thread): Promise<void> {
 *   await using sock = await thread.socket(AF.INET, SOCK.DGRAM);
 *   await sock.bind(new SockaddrIn("127.0.0.1", 0));
 *   const { bytes, address } = await sock.recvfrom(1500);
 *   if (address) await sock.sendto(bytes, address);
 * }
 * ```
 */
export const recvfrom: DescriptorCallFunction<
  [length: number, flags?: MSG],
  { bytes: Result<Uint8Array>; address: Result<Sockaddr | undefined>; size: Result<number> }
> = defineDescriptorCall(
  "recvfrom",
  2,
  (e, fd, length, flags = 0) => {
    const { ref, output } = e.filled(checkLength(length));
    const from = addressRoom(e);
    const size = e.call("recvfrom", [fd, ref, length, flags, from.name, from.length], {
      what: () => `receive on ${e.label(fd)}`,
    });
    return {
      bytes: e.derived(size, (answer) => answer.output(output)),
      address: e.derived(size, (answer) => from.size(answer) > 0 ? from.decode(answer) : undefined),
      size,
    };
  },
);

/** recv(2): up to `length` bytes; none at the end of a stream. */
export const recv: DescriptorCallFunction<[length: number, flags?: MSG], Result<Uint8Array>> =
  defineDescriptorCall(
    "recv",
    2,
    (e, fd, length, flags = 0) => {
      const { ref, output } = e.filled(checkLength(length));
      return e.call("recvfrom", [fd, ref, length, flags, 0, 0], {
        what: () => `receive on ${e.label(fd)}`,
        decode: (_, answer) => answer.output(output),
      });
    },
  );
