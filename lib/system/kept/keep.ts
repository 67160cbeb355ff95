import { join } from "node:path/posix";
import type { Nursery } from "../../nursery/mod.ts";
import { Path, type PathLike, type Thread } from "../../thread/mod.ts";
import { parents } from "../../thread/path.ts";
import { claimKept, type Made } from "./kept.ts";

/** Where a directory is kept. */
export interface KeepOptions {
  /**
   * Its path; made, with all above it, if it is missing.
   *
   * @default NAME below the path of its scope, in `$XDG_STATE_HOME/bailiwick` of the host, else in
   *   `~/.local/state/bailiwick`
   */
  at?: PathLike;
  /**
   * Whether it is a new one in the host's place for what is temporary, which is removed when it is not claimed
   * any more. It has another path in each program.
   *
   * @default false
   */
  temporary?: boolean;
}

/**
 * A directory by its name, for what is to be found again: by the next run of its scope, and by the next
 * program. It has a path that stays, and mode 0700 if it is made. It is never removed, as what is in it is
 * data, but for a temporary one.
 *
 * @param name Unique in its scope.
 * @throws {SyscallError} If it cannot be made.
 * @throws {TypeError} If a temporary one is given a path.
 *
 * @example
 * ```ts
 * import { Command, keep, type Nursery, startService, supervise, type Thread } from "bailiwick";
 *
 * async function startCache(nursery: Nursery, thread: Thread) {
 *   await supervise(nursery, "cache", async (nursery) => {
 *     const data = await keep(nursery, thread, "redis", { at: "/srv/redis" });
 *     const redis = new Command("redis-server", ["--dir", data]);
 *     await startService(nursery, thread, redis);
 *   });
 * }
 * ```
 */
export async function keep(
  nursery: Nursery,
  thread: Thread,
  name: string,
  { at, temporary = false }: KeepOptions = {},
): Promise<Path> {
  if (temporary) {
    if (at !== undefined) throw new TypeError(`Directory ${name} is temporary: leave out its path`);
    return await claimKept(nursery, {
      kind: "temporary directory",
      name,
      fingerprint: { host: thread.host.name },
      make: () => makeTemporary(thread),
      suppose: () => ({ value: thread.path(`${thread.host.temporary}/new`) }),
    });
  }
  const given = at ?? defaultPath(thread, nursery.pathOf(name));
  const path = thread.path(given instanceof Path ? given.bytes : given);
  return await claimKept(nursery, {
    kind: "directory",
    name,
    fingerprint: { host: thread.host.name, path: `${path}` },
    host: thread.host,
    make: async () => {
      await thread.batch((b) => {
        for (const each of [...parents(path), path]) b.mkdir(each, 0o700, { existing: "ok" });
      });
      return { value: path, isGone: () => thread.host.lost };
    },
    suppose: async () => {
      const isThere = await thread.stat(path).then(() => true, () => false);
      return { value: path, isThere };
    },
  });
}

async function makeTemporary(thread: Thread): Promise<Made<Path>> {
  const directory = await thread.mkdtemp("kept");
  return {
    value: directory,
    isGone: () => directory.host.lost,
    close: () => directory[Symbol.asyncDispose](),
  };
}

function defaultPath({ host }: Thread, path: string): string {
  const { XDG_STATE_HOME, HOME = "/" } = host.environment;
  return join(XDG_STATE_HOME || join(HOME, ".local/state"), "bailiwick", path);
}
