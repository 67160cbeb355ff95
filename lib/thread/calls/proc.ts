/** Files in /proc that change a process: user_namespaces(7). */
import { O } from "../../abi/mod.ts";
import { type CallFunction, defineCall } from "../call.ts";
import type { CallEncoder } from "../encoder.ts";
import type { Result } from "../result.ts";
import { checkNatural, content, nothing } from "./arguments.ts";
import { open } from "./fcntl.ts";
import { close } from "./unistd.ts";

/** Numbers of users or groups inside of a user namespace, and what they are outside. */
export interface IdMap {
  readonly inside: number;
  readonly outside: number;
  /**
   * How many, one after the other.
   *
   * @default 1
   */
  readonly count?: number;
}

/** What users and groups of a user namespace are outside. */
export interface IdMaps {
  readonly uids: readonly IdMap[];
  readonly gids: readonly IdMap[];
  /**
   * The process whose user namespace it is.
   *
   * @default the thread itself
   */
  readonly pid?: number;
  /**
   * Whether setgroups(2) works in it. Only who has CAP_SETGID outside may map groups and allow it.
   *
   * @default "deny"
   */
  readonly setgroups?: "allow" | "deny";
}

/**
 * Writes uid_map, gid_map and setgroups of a new user namespace. An ordinary user can map itself alone.
 *
 * @example
 * ```ts
 * import { CLONE, type Thread } from "bailiwick";
 *
 * async function becomeRootOfItsOwn(thread: Thread): Promise<void> {
 *   const { uid, gid } = await thread.batch((b) => ({ uid: b.geteuid(), gid: b.getegid() }));
 *   await thread.batch((b) => {
 *     b.unshare(CLONE.NEWUSER);
 *     b.idMaps({ uids: [{ inside: 0, outside: uid }], gids: [{ inside: 0, outside: gid }] });
 *   });
 * }
 * ```
 */
export const idMaps: CallFunction<[maps: IdMaps], Result<void>> = defineCall(
  "idMaps",
  1,
  (e, { uids, gids, pid, setgroups = "deny" }) => {
    const directory = `/proc/${pid ?? "self"}`;
    put(e, `${directory}/setgroups`, setgroups);
    put(e, `${directory}/uid_map`, linesOf(uids));
    return put(e, `${directory}/gid_map`, linesOf(gids));
  },
);

/** Writes a file whole by one write(2), as the kernel wants it there. */
function put(e: CallEncoder, path: string, text: string): Result<void> {
  const fd = open.encode(e, path, O.WRONLY);
  const bytes = content(text);
  const written = e.call("write", [fd, e.bytes(bytes), bytes.length], {
    what: `write ${path}`,
    decode: nothing,
  });
  close.encode(e, fd);
  return written;
}

function linesOf(maps: readonly IdMap[]): string {
  return maps.map(({ inside, outside, count = 1 }) =>
    [inside, outside, count].map((number) => checkNatural(number, "A number of a user or group"))
      .join(" ") + "\n"
  ).join("");
}
