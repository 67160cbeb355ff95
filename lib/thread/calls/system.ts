/** Calls of the smaller headers: <sched.h>, <sys/mount.h>, <sys/prctl.h>, <sys/resource.h>, and others. */
import type { FileDescriptor } from "../descriptor.ts";
import type { CallFunction, DescriptorCallFunction } from "../call.ts";
import type { DirectoryEntry } from "../metadata.ts";
import {
  type CLONE,
  type LOCK,
  MFD,
  type MNT,
  type MS,
  type RENAME,
  type RLIMIT,
  STRUCT,
  type SyscallName,
} from "../../abi/mod.ts";
import { AT } from "../../abi/mod.ts";
import type { Argument } from "../../wire/mod.ts";
import { defineCall, defineDescriptorCall } from "../call.ts";
import { viewOf } from "../encoder.ts";
import { decodeDirectory } from "../metadata.ts";
import type { Name } from "../names.ts";
import { shown } from "../names.ts";
import { type PathLike, shownPath } from "../path.ts";
import type { Result, Value } from "../result.ts";
import { valueArgument } from "../result.ts";
import { checkLength, nothing } from "./arguments.ts";

/** renameat2(2). */
export const rename: CallFunction<[from: PathLike, to: PathLike, flags?: RENAME], Result<void>> =
  defineCall(
    "rename",
    3,
    (e, from, to, flags = 0) => {
      const what = () => `rename ${shownPath(from)} to ${shownPath(to)}`;
      const args = [AT.FDCWD, e.path(from), AT.FDCWD, e.path(to), flags];
      return e.call("renameat2", args, { what, decode: nothing });
    },
  );

/** getdents64(2): some of the entries; none when all were read. `length` is the room for them. */
export const getdents: DescriptorCallFunction<[length?: number], Result<DirectoryEntry[]>> =
  defineDescriptorCall(
    "getdents",
    1,
    (e, fd, length = 32 * 1024) => {
      const { ref, output } = e.filled(checkLength(length));
      return e.call("getdents64", [fd, ref, length], {
        what: () => `read directory ${e.label(fd)}`,
        decode: (_, answer) => decodeDirectory(answer.output(output)),
      });
    },
  );

/** flock(2). */
export const flock: DescriptorCallFunction<[operation: LOCK], Result<void>> = defineDescriptorCall(
  "flock",
  1,
  (e, fd, operation) =>
    e.call("flock", [fd, operation], { what: () => `lock ${e.label(fd)}`, decode: nothing }),
);

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

/** unshare(2). */
export const unshare: CallFunction<[flags: CLONE], Result<void>> = defineCall(
  "unshare",
  1,
  (e, flags) => e.call("unshare", [flags], { what: "unshare namespaces", decode: nothing }),
);

/** setns(2). */
export const setns: DescriptorCallFunction<[type?: CLONE], Result<void>> = defineDescriptorCall(
  "setns",
  1,
  (e, fd, type = 0) =>
    e.call("setns", [fd, type], { what: () => `enter namespace ${e.label(fd)}`, decode: nothing }),
);

/** mount(2). */
export const mount: CallFunction<
  [source: PathLike, target: PathLike, type: string, flags?: MS, data?: string],
  Result<void>
> = defineCall(
  "mount",
  5,
  (e, source, target, type, flags = 0, data = "") => {
    const strings = [e.path(source), e.path(target), e.cstring(type)];
    return e.call("mount", [...strings, flags, e.cstring(data)], {
      what: () => `mount ${shownPath(source) || type} on ${shownPath(target)}`,
      decode: nothing,
    });
  },
);

/** umount2(2). */
export const umount: CallFunction<[target: PathLike, flags?: MNT], Result<void>> = defineCall(
  "umount",
  2,
  (e, target, flags = 0) => {
    const what = () => `unmount ${shownPath(target)}`;
    return e.call("umount2", [e.path(target), flags], { what, decode: nothing });
  },
);

/** prctl(2). */
export const prctl: CallFunction<[option: number, ...args: Value[]], Result<number>> = defineCall(
  "prctl",
  Infinity,
  (e, option, ...args) =>
    e.call("prctl", [option, ...args.map(valueArgument)], { what: `prctl ${option}` }),
);

/** prlimit64(2) on the thread itself. */
export const setrlimit: CallFunction<
  [resource: RLIMIT, soft: bigint, hard?: bigint],
  Result<void>
> = defineCall(
  "setrlimit",
  3,
  (e, resource, soft, hard = soft) => {
    const { SIZE, rlim_cur, rlim_max } = STRUCT.rlimit;
    const limit = e.struct(SIZE, (view, at) => {
      view.setBigUint64(at + rlim_cur, soft, true);
      view.setBigUint64(at + rlim_max, hard, true);
    });
    const what = `set limit ${resource}`;
    return e.call("prlimit64", [0, resource, limit, 0], { what, decode: nothing });
  },
);

/** prlimit64(2) on the thread itself: its soft and hard limit. */
export const getrlimit: CallFunction<[resource: RLIMIT], Result<{ soft: bigint; hard: bigint }>> =
  defineCall(
    "getrlimit",
    1,
    (e, resource) => {
      const { SIZE, rlim_cur, rlim_max } = STRUCT.rlimit;
      const { ref, output } = e.output(SIZE);
      return e.call("prlimit64", [0, resource, 0, ref], {
        what: `get limit ${resource}`,
        decode: (_, answer) => {
          const view = viewOf(answer.output(output));
          return {
            soft: view.getBigUint64(rlim_cur, true),
            hard: view.getBigUint64(rlim_max, true),
          };
        },
      });
    },
  );

/**
 * Any system call of the host's architecture. Negative results are errors.
 *
 * @throws {RangeError} If it gets more than six arguments.
 */
export const syscall: CallFunction<
  [nr: number | SyscallName, ...args: (Argument | Result<number>)[]],
  Result<number>
> = defineCall(
  "syscall",
  Infinity,
  (e, nr, ...args) => e.call(nr, args, { what: `run system call ${nr}` }),
);
