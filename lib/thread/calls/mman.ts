/** Calls of <sys/mman.h>. */
import { MFD } from "../../abi/mod.ts";
import { type CallFunction, defineCall } from "../call.ts";
import type { FileDescriptor } from "../descriptor.ts";
import { type Name, shown } from "../names.ts";
import type { Result } from "../result.ts";

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
