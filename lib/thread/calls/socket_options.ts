/** Calls of <sys/socket.h> on a socket's options: socket(7), tcp(7), ip(7), unix(7). */
import { SO, SOL, STRUCT } from "../../abi/mod.ts";
import { defineDescriptorCall, type DescriptorCallFunction } from "../call.ts";
import { viewOf } from "../encoder.ts";
import type { Result } from "../result.ts";
import { checkLength, content, nothing } from "./arguments.ts";
import { lengthOf } from "./socket_address.ts";

/** setsockopt(2) with an integer as the value, or with bytes or text, as `TCP.CONGESTION` takes. */
export const setsockopt: DescriptorCallFunction<
  [level: number, option: number, value: number | Uint8Array | string],
  Result<void>
> = defineDescriptorCall(
  "setsockopt",
  3,
  (e, fd, level, option, value) => {
    const bytes = typeof value === "number" ? int32(value) : content(value);
    const what = `set socket option ${option}`;
    const args = [fd, level, option, e.bytes(bytes), bytes.length];
    return e.call("setsockopt", args, { what, decode: nothing });
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

/** getsockopt(2) of an option that is bytes, such as a structure or a name: at most `length` of them. */
export const getsockoptBytes: DescriptorCallFunction<
  [level: number, option: number, length?: number],
  Result<Uint8Array>
> = defineDescriptorCall(
  "getsockoptBytes",
  3,
  (e, fd, level, option, length = 256) => {
    const value = e.output(checkLength(length));
    const size = lengthOf(e, length);
    return e.call("getsockopt", [fd, level, option, value.ref, size.ref], {
      what: `get socket option ${option}`,
      decode: (_, answer) => {
        const end = viewOf(answer.output(size.output)).getUint32(0, true);
        return answer.output(value.output).subarray(0, end);
      },
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

function int32(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}
