/** Calls of <unistd.h>: reading and writing, names of files, and who the process is. */
import type { Result } from "../result.ts";
import type { FileDescriptor } from "../descriptor.ts";
import type { CallFunction, DescriptorCallFunction } from "../call.ts";
import { AT, CLOSE_RANGE, O, SEEK } from "../../abi/mod.ts";
import { defineCall, defineDescriptorCall } from "../call.ts";
import { bytesOf, type Name, shown } from "../names.ts";
import { type PathLike, shownPath } from "../path.ts";
import { checkLength, checkNatural, content, nothing } from "./arguments.ts";

/** read(2): up to `length` bytes, at most about 1 MiB; none at the end of file. */
export const read: DescriptorCallFunction<[length: number], Result<Uint8Array>> =
  defineDescriptorCall(
    "read",
    1,
    (e, fd, length) => {
      const { ref, output } = e.filled(checkLength(length));
      return e.call("read", [fd, ref, length], {
        what: () => `read ${e.label(fd)}`,
        decode: (_, answer) => answer.output(output),
      });
    },
  );

/** pread64(2). */
export const pread: DescriptorCallFunction<[length: number, offset: number], Result<Uint8Array>> =
  defineDescriptorCall(
    "pread",
    2,
    (e, fd, length, offset) => {
      const { ref, output } = e.filled(checkLength(length));
      return e.call("pread64", [fd, ref, length, checkNatural(offset, "An offset")], {
        what: () => `read ${e.label(fd)}`,
        decode: (_, answer) => answer.output(output),
      });
    },
  );

/** write(2): returns how many bytes were written. */
export const write: DescriptorCallFunction<[bytes: Uint8Array | string], Result<number>> =
  defineDescriptorCall(
    "write",
    1,
    (e, fd, bytes) => {
      const data = content(bytes);
      return e.call("write", [fd, e.bytes(data), data.length], {
        what: () => `write ${e.label(fd)}`,
      });
    },
  );

/** pwrite64(2): returns how many bytes were written. */
export const pwrite: DescriptorCallFunction<
  [bytes: Uint8Array | string, offset: number],
  Result<number>
> = defineDescriptorCall(
  "pwrite",
  2,
  (e, fd, bytes, offset) => {
    const data = content(bytes);
    const args = [fd, e.bytes(data), data.length, checkNatural(offset, "An offset")];
    return e.call("pwrite64", args, { what: () => `write ${e.label(fd)}` });
  },
);

/** lseek(2). */
export const lseek: DescriptorCallFunction<[offset: number, whence?: SEEK], Result<number>> =
  defineDescriptorCall(
    "lseek",
    2,
    (e, fd, offset, whence = SEEK.SET) =>
      e.call("lseek", [fd, offset, whence], { what: () => `seek in ${e.label(fd)}` }),
  );

/** ftruncate(2). */
export const ftruncate: DescriptorCallFunction<[length: number], Result<void>> =
  defineDescriptorCall(
    "ftruncate",
    1,
    (e, fd, length) => {
      const what = () => `truncate ${e.label(fd)} to ${length}`;
      return e.call("ftruncate", [fd, checkNatural(length, "A length")], { what, decode: nothing });
    },
  );

/** fsync(2). */
export const fsync: DescriptorCallFunction<[], Result<void>> = defineDescriptorCall(
  "fsync",
  0,
  (e, fd) => e.call("fsync", [fd], { what: () => `sync ${e.label(fd)}`, decode: nothing }),
);

/** close(2). The descriptor cannot be used in what follows in the batch. */
export const close: DescriptorCallFunction<[], Result<void>> = defineDescriptorCall(
  "close",
  0,
  (e, fd) => {
    const what = `close ${e.label(fd)}`;
    return e.call("close", [e.closing(fd)], { what, decode: nothing });
  },
);

/** close_range(2): closes all descriptors from `first` to `last`, which must be nobody's. */
export const closeRange: CallFunction<[first: number, last?: number], Result<void>> = defineCall(
  "closeRange",
  2,
  (e, first, last = 0xffff_ffff) =>
    e.call("close_range", [first, last, 0], { what: "close descriptors", decode: nothing }),
);

/** close_range(2): makes all descriptors from `first` on close-on-exec. */
export const closeOnExecFrom: CallFunction<[first: number], Result<void>> = defineCall(
  "closeOnExecFrom",
  1,
  (e, first) => {
    const args = [first, 0xffff_ffff, CLOSE_RANGE.CLOEXEC];
    return e.call("close_range", args, { what: "mark descriptors close-on-exec", decode: nothing });
  },
);

/** pipe2(2), close-on-exec. */
export const pipe: CallFunction<
  [],
  { read: Result<FileDescriptor>; write: Result<FileDescriptor> }
> = defineCall(
  "pipe",
  0,
  (e) => {
    const pair = e.output(8);
    e.call("pipe2", [pair.ref, O.CLOEXEC], { what: "make a pipe", opens: { pair: 0 } });
    return { read: e.descriptorAt(pair, 0), write: e.descriptorAt(pair, 4) };
  },
);

/** dup3(2) to a number of the caller's choice, close-on-exec unless `flags` says otherwise. */
export const dup3: DescriptorCallFunction<[to: number, flags?: O], Result<FileDescriptor>> =
  defineDescriptorCall(
    "dup3",
    2,
    (e, fd, to, flags = O.CLOEXEC) => {
      const what = () => `duplicate ${e.label(fd)} to ${to}`;
      return e.descriptor(e.call("dup3", [fd, to, flags], { what, opens: "result" }), fd.label);
    },
  );

/** unlinkat(2) of a file. */
export const unlink: CallFunction<[path: PathLike], Result<void>> = defineCall(
  "unlink",
  1,
  (e, path) => {
    const what = () => `remove ${shownPath(path)}`;
    return e.call("unlinkat", [AT.FDCWD, e.path(path), 0], { what, decode: nothing });
  },
);

/** unlinkat(2) of an empty directory. */
export const rmdir: CallFunction<[path: PathLike], Result<void>> = defineCall(
  "rmdir",
  1,
  (e, path) => {
    const what = () => `remove directory ${shownPath(path)}`;
    return e.call("unlinkat", [AT.FDCWD, e.path(path), AT.REMOVEDIR], { what, decode: nothing });
  },
);

/** symlinkat(2). */
export const symlink: CallFunction<[target: PathLike, path: PathLike], Result<void>> = defineCall(
  "symlink",
  2,
  (e, target, path) => {
    const what = () => `make symbolic link ${shownPath(path)}`;
    return e.call("symlinkat", [e.path(target), AT.FDCWD, e.path(path)], { what, decode: nothing });
  },
);

/** readlinkat(2), of at most `length` bytes; what is not UTF-8 stands as `\xff`. */
export const readlink: CallFunction<[path: PathLike, length?: number], Result<string>> = defineCall(
  "readlink",
  2,
  (e, path, length = 4096) => {
    const { ref, output } = e.filled(checkLength(length));
    return e.call("readlinkat", [AT.FDCWD, e.path(path), ref, length], {
      what: () => `read symbolic link ${shownPath(path)}`,
      decode: (_, answer) => shown(answer.output(output)),
    });
  },
);

/** faccessat(2): fails unless the file can be used in this way (R_OK 4, W_OK 2, X_OK 1). */
export const access: CallFunction<[path: PathLike, mode: number], Result<void>> = defineCall(
  "access",
  2,
  (e, path, mode) => {
    const what = () => `use ${shownPath(path)}`;
    return e.call("faccessat", [AT.FDCWD, e.path(path), mode], { what, decode: nothing });
  },
);

/** fchownat(2). */
export const chown: CallFunction<[path: PathLike, uid: number, gid: number], Result<void>> =
  defineCall(
    "chown",
    3,
    (e, path, uid, gid) => {
      const what = () => `change the owner of ${shownPath(path)}`;
      return e.call("fchownat", [AT.FDCWD, e.path(path), uid, gid, 0], { what, decode: nothing });
    },
  );

/** chdir(2): of this thread only; a clone and a service start where it stands. */
export const chdir: CallFunction<[path: PathLike], Result<void>> = defineCall(
  "chdir",
  1,
  (e, path) => {
    const what = () => `change directory to ${shownPath(path)}`;
    return e.call("chdir", [e.path(path)], { what, decode: nothing });
  },
);

/** getcwd(2). */
export const getcwd: CallFunction<[], Result<string>> = defineCall(
  "getcwd",
  0,
  (e) => {
    const { ref, output } = e.filled(4096);
    return e.call("getcwd", [ref, 4096], {
      what: "get the working directory",
      decode: (_, answer) => shown(answer.output(output).subarray(0, -1)),
    });
  },
);

/** chroot(2). */
export const chroot: CallFunction<[path: PathLike], Result<void>> = defineCall(
  "chroot",
  1,
  (e, path) => {
    const what = () => `change root to ${shownPath(path)}`;
    return e.call("chroot", [e.path(path)], { what, decode: nothing });
  },
);

/** pivot_root(2). */
export const pivotRoot: CallFunction<[root: PathLike, old: PathLike], Result<void>> = defineCall(
  "pivotRoot",
  2,
  (e, root, old) => {
    const what = () => `make ${shownPath(root)} the root`;
    return e.call("pivot_root", [e.path(root), e.path(old)], { what, decode: nothing });
  },
);

/** getpid(2). */
export const getpid: CallFunction<[], Result<number>> = defineCall(
  "getpid",
  0,
  (e) => e.call("getpid", [], GETPID),
);
const GETPID = { what: "get the process id" };

/** getppid(2). */
export const getppid: CallFunction<[], Result<number>> = defineCall(
  "getppid",
  0,
  (e) => e.call("getppid", [], { what: "get the parent's process id" }),
);

/** getuid(2). */
export const getuid: CallFunction<[], Result<number>> = defineCall(
  "getuid",
  0,
  (e) => e.call("getuid", [], { what: "get the user id" }),
);

/** geteuid(2). */
export const geteuid: CallFunction<[], Result<number>> = defineCall(
  "geteuid",
  0,
  (e) => e.call("geteuid", [], { what: "get the effective user id" }),
);

/** getgid(2). */
export const getgid: CallFunction<[], Result<number>> = defineCall(
  "getgid",
  0,
  (e) => e.call("getgid", [], { what: "get the group id" }),
);

/** setsid(2): the process leads a session of its own. Fails for one that leads a process group. */
export const setsid: CallFunction<[], Result<number>> = defineCall(
  "setsid",
  0,
  (e) => e.call("setsid", [], { what: "make a session" }),
);

/** setpgid(2). */
export const setpgid: CallFunction<[pid?: number, group?: number], Result<void>> = defineCall(
  "setpgid",
  2,
  (e, pid = 0, group = 0) =>
    e.call("setpgid", [pid, group], { what: "set the process group", decode: nothing }),
);

/** setresuid(2): real, effective and saved user. */
export const setuid: CallFunction<[uid: number], Result<void>> = defineCall(
  "setuid",
  1,
  (e, uid) => e.call("setresuid", [uid, uid, uid], { what: `become user ${uid}`, decode: nothing }),
);

/** setresgid(2): real, effective and saved group. */
export const setgid: CallFunction<[gid: number], Result<void>> = defineCall(
  "setgid",
  1,
  (e, gid) =>
    e.call("setresgid", [gid, gid, gid], { what: `become group ${gid}`, decode: nothing }),
);

/** setgroups(2). */
export const setgroups: CallFunction<[gids: readonly number[]], Result<void>> = defineCall(
  "setgroups",
  1,
  (e, gids) => {
    const list = e.struct(
      gids.length * 4,
      (view, at) => gids.forEach((gid, index) => view.setUint32(at + index * 4, gid, true)),
    );
    const what = "set the supplementary groups";
    return e.call("setgroups", [gids.length, list], { what, decode: nothing });
  },
);

/** sethostname(2). */
export const sethostname: CallFunction<[name: Name], Result<void>> = defineCall(
  "sethostname",
  1,
  (e, name) => {
    const args = [e.cstring(name), bytesOf(name).length];
    return e.call("sethostname", args, {
      what: `set the host name ${shown(name)}`,
      decode: nothing,
    });
  },
);

/**
 * execve(2). The thread is the program afterwards, so it can only be a batch's last call.
 *
 * @param argv The arguments, the program's own name first.
 * @param environment `NAME=value` each.
 */
export const execve: CallFunction<
  [path: PathLike, argv: readonly string[], environment: readonly string[]],
  Result<void>
> = defineCall(
  "execve",
  3,
  (e, path, argv, environment) => {
    const args = [e.path(path), e.strings(argv), e.strings(environment)];
    return e.call("execve", args, { what: () => `execute ${shownPath(path)}`, decode: nothing });
  },
);

/** execveat(2) of an open executable. */
export const fexecve: DescriptorCallFunction<
  [argv: readonly string[], environment: readonly string[]],
  Result<void>
> = defineDescriptorCall(
  "fexecve",
  2,
  (e, fd, argv, environment) => {
    const strings = [e.strings(argv), e.strings(environment)];
    const args = [fd, e.cstring(""), ...strings, AT.EMPTY_PATH];
    return e.call("execveat", args, { what: () => `execute ${argv[0]}`, decode: nothing });
  },
);
