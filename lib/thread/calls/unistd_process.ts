/** Calls of <unistd.h> on the process itself: who it is, and what it becomes. */
import type { Result } from "../result.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import { AT } from "../../abi/mod.ts";
import { bytesOf, type Name, shown } from "../names.ts";
import { type PathLike, shownPath } from "../path.ts";
import { viewOf } from "../encoder.ts";
import { nothing } from "./arguments.ts";

/** NGROUPS_MAX is 65536; nobody is in so many, and all of them would come back with each answer. */
const MOST_GROUPS = 1024;

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

/** getegid(2). */
export const getegid: CallFunction<[], Result<number>> = defineCall(
  "getegid",
  0,
  (e) => e.call("getegid", [], { what: "get the effective group id" }),
);

/** getgroups(2): the supplementary groups. */
export const getgroups: CallFunction<[], Result<number[]>> = defineCall(
  "getgroups",
  0,
  (e) => {
    const { ref, output } = e.output(MOST_GROUPS * 4);
    return e.call("getgroups", [MOST_GROUPS, ref], {
      what: "get the supplementary groups",
      decode: (count, answer) => {
        const view = viewOf(answer.output(output));
        return Array.from(
          { length: Math.min(count, MOST_GROUPS) },
          (_, index) => view.getUint32(index * 4, true),
        );
      },
    });
  },
);

/** getpgid(2). */
export const getpgid: CallFunction<[pid?: number], Result<number>> = defineCall(
  "getpgid",
  1,
  (e, pid = 0) => e.call("getpgid", [pid], { what: "get the process group" }),
);

/** getsid(2). */
export const getsid: CallFunction<[pid?: number], Result<number>> = defineCall(
  "getsid",
  1,
  (e, pid = 0) => e.call("getsid", [pid], { what: "get the session" }),
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

const ONLY_ROOT = {
  EPERM: "only root may: run the program as root, or connect to the host as root",
};

/** setresuid(2): real, effective and saved user. */
export const setuid: CallFunction<[uid: number], Result<void>> = defineCall(
  "setuid",
  1,
  (e, uid) =>
    e.call("setresuid", [uid, uid, uid], {
      what: `become user ${uid}`,
      decode: nothing,
      hints: ONLY_ROOT,
    }),
);

/** setresgid(2): real, effective and saved group. */
export const setgid: CallFunction<[gid: number], Result<void>> = defineCall(
  "setgid",
  1,
  (e, gid) =>
    e.call("setresgid", [gid, gid, gid], {
      what: `become group ${gid}`,
      decode: nothing,
      hints: ONLY_ROOT,
    }),
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
    return e.call("setgroups", [gids.length, list], { what, decode: nothing, hints: ONLY_ROOT });
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
