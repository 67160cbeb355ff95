/** Copying trees of files between hosts, and within one. */
import { type CallOptions, Path, type PathLike, type Thread } from "../../thread/mod.ts";
import type { Place } from "./at.ts";
import { Copy } from "./copy.ts";
import { type Entry, permissions, SET_IDS, shownBelow, typeOf } from "./entry.ts";
import { NotCopyableError } from "./errors.ts";
import { listTree } from "./list.ts";
import { type ByteName, byteName } from "./names.ts";
import { openSource } from "./source.ts";
import { Stage } from "./stage.ts";

/** How a tree is copied. */
export interface CopyOptions extends CallOptions {
  /**
   * What becomes of set-user-ID and set-group-ID bits of files, which would let whoever executes the copy
   * act as the user that it is copied by: `"keep"` or `"drop"`.
   *
   * @default a file that has one is refused
   */
  setIds?: "keep" | "drop";
}

/**
 * Copies a file, a symbolic link or a directory with all that is in it, from any host to any host;
 * between two places of one thread nothing travels through the program.
 *
 * Content, holes, permissions and modification times, to the nanosecond, are copied, and names as the
 * bytes that they are. The owner is the thread's user. Symbolic links are copied as they are and never
 * followed. What two names share (hard links) becomes two files; extended attributes, access control
 * lists among them, are not copied. A file that says that it is empty is read all the same, as it may be
 * one of /proc.
 *
 * Nothing may be at `toPath`, but the directory it is in must be there. The copy is made in a new
 * directory beside `toPath`, named `.bailiwick-copy-…`, and gets its name as the last step; when it fails,
 * that directory is removed; what a program that was killed has left of it goes with the next copy to a
 * place beside it. Whatever the source's listing says, and whatever users may do to the
 * trees meanwhile, nothing is written elsewhere and nothing is read or written through a link; only the
 * directories that lead to the two paths are looked up as the paths say.
 *
 * @example
 * ```ts
 * import { copyTree, type Host } from "bailiwick";
 *
 * async function backUp(db: Host, archive: Host): Promise<void> {
 *   await copyTree(db.thread, "/var/lib/db", archive.thread, "/backup/db");
 * }
 * ```
 *
 * @throws {SyscallError} Which file could not be read or written, and on which host; EEXIST if something
 * is at `toPath`.
 * @throws {NotCopyableError} If the tree holds a socket, a pipe, a device, or a file with a bit that
 * `setIds` does not decide on; if it changes so that it cannot be copied; or if somebody else interferes.
 * @throws {RemoteProtocolError} If the source lists names that no file can have.
 * @throws {TypeError} If a path is of another host than its thread.
 */
export async function copyTree(
  from: Thread,
  fromPath: PathLike,
  to: Thread,
  toPath: PathLike,
  options: CopyOptions = {},
): Promise<void> {
  const [sourcePath, targetPath] = [pathOn(from, fromPath), pathOn(to, toPath)];
  const making = Stage.make(to, targetPath, options);
  making.catch(() => {}); // Looked at when the tree is listed.
  // That others left something is no reason for this copy to fail.
  const sweeping = making.then((stage) => stage.sweep()).catch(() => {});
  try {
    const top = await openSource(from, sourcePath, options);
    await using _parent = top.parent;
    const listed = await listTree(top, options);
    checkKinds(top.place, listed, options);
    const entries = options.setIds === "drop" ? listed.map(withoutSetIds) : listed;
    const stage = await making;
    await new Copy(top.place, stage.place, entries, options).run();
    await sweeping;
    await stage.publish(entries[0]!);
  } catch (error) {
    await sweeping;
    await abandon(making, to, error);
    throw error;
  }
}

/** Removes what was made; that this fails too must not hide the reason of the failure. */
async function abandon(
  making: Promise<Stage>,
  to: Thread,
  error: unknown,
): Promise<void> {
  const stage = await making.catch(() => undefined);
  if (!stage || to.host.lost) return;
  try {
    await stage.remove();
  } catch (failure) {
    const [first, second] = [error, failure].map((each) =>
      each instanceof Error ? each.message : each
    );
    throw new NotCopyableError(
      `${first}; what was copied beside ${stage.place.shown} on host ${to.host.name} is still there: ${second}`,
      { cause: error },
    );
  }
}

function pathOn(thread: Thread, path: PathLike): ByteName {
  if (!(path instanceof Path)) return byteName(path);
  path.checkHost(thread.host);
  return byteName(path.bytes);
}

const UNCOPYABLE: ReadonlySet<string> = new Set(["pipe", "socket", "device"]);

/** Sees to it that all of a tree can be copied before anything is made. */
function checkKinds(
  { shown, thread }: Place,
  entries: readonly Entry[],
  options: CopyOptions,
): void {
  const refuse = ({ path }: Entry, why: string) => {
    throw new NotCopyableError(
      `Cannot copy ${shownBelow(shown, path)} on host ${thread.host.name}: ${why}`,
    );
  };
  for (const entry of entries) {
    const type = typeOf(entry);
    if (UNCOPYABLE.has(type)) refuse(entry, `it is a ${type}`);
    if (type !== "file" || !(permissions(entry) & SET_IDS) || options.setIds) continue;
    const mode = permissions(entry).toString(8);
    refuse(entry, `it has mode ${mode}; say by the option setIds whether to "keep" or "drop" that`);
  }
}

function withoutSetIds(entry: Entry): Entry {
  if (typeOf(entry) !== "file") return entry;
  return { path: entry.path, facts: entry.facts, drops: SET_IDS };
}
