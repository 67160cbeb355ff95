/** Descriptors that an agent which stands holds by name, for later programs: PSEUDO_HOLD of wire.h and what follows it. */
import { PSEUDO } from "../../wire/mod.ts";
import { type CallFunction, defineCall } from "../call.ts";
import type { FileDescriptor } from "../descriptor.ts";
import type { Fd } from "../encoder.ts";
import type { Result } from "../result.ts";
import { nothing } from "./arguments.ts";

/**
 * Gives the agent of a host that stands its own copy of a descriptor, which it holds under a name, with a note of
 * at most 4 KiB. EEXIST if it holds one of that name.
 *
 * @example
 * ```ts
 * import { type FileDescriptor, SockaddrIn, type Thread } from "bailiwick";
 *
 * async function listening(thread: Thread, isFirst: boolean): Promise<FileDescriptor> {
 *   if (!isFirst) return await thread.take("http");
 *   const fd = await thread.listen(new SockaddrIn("127.0.0.1", 8080));
 *   await thread.hold(fd, "http", new TextEncoder().encode("of the first program"));
 *   return fd;
 * }
 * ```
 */
export const hold: CallFunction<[fd: Fd, name: string, note: Uint8Array], Result<void>> =
  defineCall(
    "hold",
    3,
    (e, fd, name, note) =>
      e.call(PSEUDO.HOLD, [fd, e.cstring(name), e.bytes(note), note.length], {
        name: "hold",
        what: () => `hold ${e.label(fd)} as ${name}`,
        decode: nothing,
      }),
  );

/** A new descriptor of what the agent holds under this name. */
export const take: CallFunction<[name: string], Result<FileDescriptor>> = defineCall(
  "take",
  1,
  (e, name) => {
    const what = `take what is held as ${name}`;
    const taken = e.call(PSEUDO.TAKE, [e.cstring(name)], { name: "take", what, opens: "result" });
    return e.descriptor(taken, name);
  },
);
