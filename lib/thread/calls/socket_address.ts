/** Memory for addresses of sockets that the kernel writes. */
import { decodeSockaddr, type Sockaddr } from "../../abi/mod.ts";
import type { BlobRef, Output } from "../../wire/mod.ts";
import { type CallEncoder, viewOf } from "../encoder.ts";
import type { BatchReply } from "../result.ts";

/** Room for an address of any family: `struct sockaddr_storage`. */
const SOCKADDR_ROOM = 128;

/** Where the kernel writes an address, and its length. */
export interface AddressRoom {
  readonly name: BlobRef;
  readonly length: BlobRef;
  /** How many bytes it has written. */
  size(answer: BatchReply): number;
  decode(answer: BatchReply): Sockaddr;
}

/** Room for an address, and its length, which the kernel reads and updates. */
export function addressRoom(e: CallEncoder): AddressRoom {
  const name = e.output(SOCKADDR_ROOM);
  const length = lengthOf(e, SOCKADDR_ROOM);
  const size = (answer: BatchReply) => viewOf(answer.output(length.output)).getUint32(0, true);
  const decode = (answer: BatchReply) =>
    decodeSockaddr(answer.output(name.output).subarray(0, size(answer)));
  return { name: name.ref, length: length.ref, size, decode };
}

/** A `socklen_t` that the kernel reads and updates. */
export function lengthOf(e: CallEncoder, value: number): { ref: BlobRef; output: Output } {
  return e.output(4, (view, at) => view.setUint32(at, value, true));
}
