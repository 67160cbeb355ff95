/**
 * Calls of <sys/mman.h>. Memory that is mapped is the thread's own, until it executes or ends; a clone has a
 * copy, or shares it as its flags say. It is read and written by `readMemory` and `writeMemory`, and its
 * address is an argument of calls of one's own.
 */
import { type MADV, MAP, MFD, PROT } from "../../abi/mod.ts";
import { type CallFunction, defineCall } from "../call.ts";
import type { FileDescriptor } from "../descriptor.ts";
import { type Name, shown } from "../names.ts";
import type { Fd } from "../encoder.ts";
import type { Result } from "../result.ts";
import { checkNatural, nothing } from "./arguments.ts";

/** memfd_create(2), close-on-exec. */
export const memfd: CallFunction<[name: Name, flags?: MFD], Result<FileDescriptor>> = defineCall(
  "memfd",
  2,
  (e, name, flags = 0) => {
    const made = e.call("memfd_create", [e.cstring(name), flags | MFD.CLOEXEC], {
      what: `make memory file ${shown(name)}`,
      opens: "result",
      hints: { EACCES: "sysctl vm.memfd_noexec of that host may forbid memory files that execute" },
    });
    return e.descriptor(made, `memory file ${shown(name)}`);
  },
);

/**
 * mmap(2), at an address of the kernel's choice, which it returns. Without a descriptor it is anonymous
 * memory.
 */
export const mmap: CallFunction<
  [length: number, prot?: PROT, flags?: MAP, fd?: Fd, offset?: number],
  Result<number>
> = defineCall(
  "mmap",
  5,
  (e, length, prot = PROT.READ | PROT.WRITE, flags = MAP.PRIVATE, fd, offset = 0) => {
    const size = checkNatural(length, "A length");
    const kind = fd === undefined ? flags | MAP.ANONYMOUS : flags;
    return e.call("mmap", [0, size, prot, kind, fd ?? -1, checkNatural(offset, "An offset")], {
      what: () => `map ${fd === undefined ? `${length} bytes` : e.label(fd)}`,
    });
  },
);

/** munmap(2). What the agent needs of the thread's memory is there, too: unmap only what was mapped. */
export const munmap: CallFunction<[address: number, length: number], Result<void>> = defineCall(
  "munmap",
  2,
  (e, address, length) =>
    e.call("munmap", [address, length], { what: "unmap memory", decode: nothing }),
);

/** mprotect(2). */
export const mprotect: CallFunction<[address: number, length: number, prot: PROT], Result<void>> =
  defineCall(
    "mprotect",
    3,
    (e, address, length, prot) =>
      e.call("mprotect", [address, length, prot], { what: "protect memory", decode: nothing }),
  );

/** madvise(2). */
export const madvise: CallFunction<[address: number, length: number, advice: MADV], Result<void>> =
  defineCall(
    "madvise",
    3,
    (e, address, length, advice) =>
      e.call("madvise", [address, length, advice], { what: "advise of memory", decode: nothing }),
  );
