/**
 * Messages with descriptors: sendmsg(2), recvmsg(2), and the control messages of cmsg(3) and unix(7).
 * Control messages are told apart by level and type, whatever else a socket is set to receive.
 */
import type { Result } from "../result.ts";
import { defineDescriptorCall, type DescriptorCallFunction } from "../call.ts";
import { MSG, SCM, SOL, STRUCT } from "../../abi/mod.ts";
import { type CallEncoder, type Fd, viewOf } from "../encoder.ts";
import type { FileDescriptor } from "../descriptor.ts";
import type { BlobRef, SpaceRef } from "../../wire/mod.ts";
import { checkLength, checkNatural } from "./arguments.ts";

const { iovec, msghdr, cmsghdr } = STRUCT;
/** Descriptors that the kernel sends with one message: SCM_MAX_FD. */
const MOST = 253;
/** For control messages that are not asked for, such as credentials and a security label. */
const OTHERS = 512;

/** More came than there was room for: some of it was dropped by the kernel. */
export class MessageTruncatedError extends Error {
  override readonly name = "MessageTruncatedError";
}

/** sendmsg(2) with bytes (at least one) and descriptors (SCM_RIGHTS). */
export const sendDescriptors: DescriptorCallFunction<
  [bytes: Uint8Array, fds: readonly Fd[]],
  Result<number>
> = defineDescriptorCall(
  "sendDescriptors",
  2,
  (e, fd, bytes, fds) => {
    if (bytes.length === 0) throw new RangeError("Descriptors travel with at least one byte");
    const length = cmsghdr.SIZE + fds.length * 4;
    const control = e.struct(length, (view, at) => {
      view.setBigUint64(at + cmsghdr.cmsg_len, BigInt(length), true);
      view.setInt32(at + cmsghdr.cmsg_level, SOL.SOCKET, true);
      view.setInt32(at + cmsghdr.cmsg_type, SCM.RIGHTS, true);
    });
    const header = message(e, [e.bytes(bytes), bytes.length], [control, length]);
    fds.forEach((item, index) => e.number(control.value + cmsghdr.SIZE + index * 4, item));
    const what = () => `send descriptors on ${e.label(fd)}`;
    return e.call("sendmsg", [fd, header.ref, MSG.NOSIGNAL], { what });
  },
);

/**
 * recvmsg(2) of bytes and up to `count` descriptors, which are close-on-exec.
 *
 * @throws {MessageTruncatedError} If there were more descriptors; those that came are closed.
 */
export const receiveDescriptors: DescriptorCallFunction<
  [length: number, count: number],
  Result<{ bytes: Uint8Array; fds: FileDescriptor[] }>
> = defineDescriptorCall(
  "receiveDescriptors",
  2,
  (e, fd, length, count) => {
    if (checkNatural(count, "A count of descriptors") > MOST) {
      throw new RangeError(`A message carries at most ${MOST} descriptors, not ${count}`);
    }
    const data = e.filled(checkLength(length));
    const room = align(cmsghdr.SIZE + count * 4) + OTHERS;
    const control = e.output(room);
    const header = message(e, [data.ref, length], [control.ref, room]);
    const what = () => `receive descriptors on ${e.label(fd)}`;
    return e.call("recvmsg", [fd, header.ref, MSG.CMSG_CLOEXEC], {
      what,
      decode: (_, answer) => {
        const view = viewOf(answer.output(header.output));
        const received = Number(view.getBigUint64(msghdr.msg_controllen, true));
        const numbers = rights(answer.output(control.output).subarray(0, received));
        const fds = numbers.map((number): FileDescriptor => e.received(number));
        const truncated = (view.getInt32(msghdr.msg_flags, true) & MSG.CTRUNC) !== 0;
        if (!truncated && fds.length <= count) return { bytes: answer.output(data.output), fds };
        for (const each of fds) answer.discard(each);
        throw new MessageTruncatedError(
          `Cannot ${what()}: more came than the ${count} that there was room for, host ` +
            `${e.host.name}; the others are closed`,
        );
      },
    });
  },
);

/** The descriptors in control messages; others are passed over. */
export function rights(control: Uint8Array): number[] {
  const view = viewOf(control);
  const numbers: number[] = [];
  for (let at = 0; at + cmsghdr.SIZE <= control.length;) {
    const length = Number(view.getBigUint64(at + cmsghdr.cmsg_len, true));
    if (length < cmsghdr.SIZE) break;
    const end = Math.min(at + length, control.length);
    const isRights = view.getInt32(at + cmsghdr.cmsg_level, true) === SOL.SOCKET &&
      view.getInt32(at + cmsghdr.cmsg_type, true) === SCM.RIGHTS;
    for (let item = at + cmsghdr.SIZE; isRights && item + 4 <= end; item += 4) {
      numbers.push(view.getInt32(item, true));
    }
    at += align(length);
  }
  return numbers;
}

/** A `struct msghdr` with one `struct iovec`. */
function message(
  e: CallEncoder,
  [data, length]: [BlobRef | SpaceRef, number],
  [control, controlLength]: [BlobRef, number],
) {
  const vector = e.struct(
    iovec.SIZE,
    (view, at) => view.setBigUint64(at + iovec.iov_len, BigInt(length), true),
  );
  const header = e.output(msghdr.SIZE, (view, at) => {
    view.setBigUint64(at + msghdr.msg_iovlen, 1n, true);
    view.setBigUint64(at + msghdr.msg_controllen, BigInt(controlLength), true);
  });
  e.pointer(vector.value + iovec.iov_base, data);
  e.pointer(header.ref.value + msghdr.msg_iov, vector);
  e.pointer(header.ref.value + msghdr.msg_control, control);
  return header;
}

function align(length: number): number {
  return Math.ceil(length / 8) * 8;
}
