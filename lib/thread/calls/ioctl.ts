/** Calls of <sys/ioctl.h>. */
import { defineDescriptorCall, type DescriptorCallFunction } from "../call.ts";
import type { CallArgument } from "../encoder.ts";
import type { Result } from "../result.ts";

/** ioctl(2) with a number or a descriptor as its argument, or none. See {@linkcode IOCTL}. */
export const ioctl: DescriptorCallFunction<
  [request: number, argument?: CallArgument],
  Result<number>
> = defineDescriptorCall(
  "ioctl",
  2,
  (e, fd, request, argument = 0) =>
    e.call("ioctl", [fd, request, argument], {
      what: () => `run ioctl ${hexadecimal(request)} on ${e.label(fd)}`,
    }),
);

/**
 * ioctl(2) on a structure: what it holds afterwards.
 *
 * @example
 * ```ts
 * import { type FileDescriptor, IOCTL } from "bailiwick";
 *
 * async function readable(fd: FileDescriptor): Promise<number> {
 *   const count = await fd.ioctlBytes(IOCTL.FIONREAD, new Uint8Array(4));
 *   return new DataView(count.buffer, count.byteOffset).getInt32(0, true);
 * }
 * ```
 */
export const ioctlBytes: DescriptorCallFunction<
  [request: number, bytes: Uint8Array],
  Result<Uint8Array>
> = defineDescriptorCall(
  "ioctlBytes",
  2,
  (e, fd, request, bytes) => {
    const { ref, output } = e.output(
      bytes.length,
      (view, at) => new Uint8Array(view.buffer, view.byteOffset + at).set(bytes),
    );
    return e.call("ioctl", [fd, request, ref], {
      what: () => `run ioctl ${hexadecimal(request)} on ${e.label(fd)}`,
      decode: (_, answer) => answer.output(output),
    });
  },
);

function hexadecimal(request: number): string {
  return `0x${request.toString(16)}`;
}
