/** Opening what is copied: one round trip, in which a directory is listed too. */
import { AT, O } from "../../abi/mod.ts";
import type { Batch, CallOptions, FileDescriptor, Result, Thread } from "../../thread/mod.ts";
import { Below, openat, openat2 } from "./at.ts";
import { ROOT_ROOM, type Top } from "./list.ts";
import { type ByteName, shown, toBytes } from "./names.ts";

/** A path as the directory that is opened for it, and the name in that. */
export interface Parted {
  readonly parent: ByteName;
  readonly name: ByteName;
}

/** Takes a path apart. What ends in "/", "." or ".." is a directory, by the name "." in itself. */
export function part(path: ByteName): Parted {
  const slash = path.lastIndexOf("/");
  const name = path.slice(slash + 1);
  if (["", ".", ".."].includes(name)) return { parent: path, name: "." };
  return { parent: slash < 0 ? "." : path.slice(0, slash + 1), name };
}

/**
 * Opens the directory that a path is in; this once, links are followed, as the path says. What openat2(2)
 * gives tells whether the kernel has it.
 */
export function openParent(
  b: Batch,
  parent: ByteName,
): { fd: Result<FileDescriptor>; openat2: Result<number | undefined> } {
  const name = b.cstring(toBytes(parent));
  const fd = openat(b, [AT.FDCWD, name, O.PATH | O.DIRECTORY, 0], shown(parent));
  const tried = b.proceeding(() => {
    const same = openat2(b, fd, ".", O.PATH | O.DIRECTORY);
    b.close(b.descriptor(same));
    return same;
  });
  return { fd, openat2: tried };
}

/** Opens a tree to be copied. The descriptor is the caller's to close. */
export async function openSource(
  thread: Thread,
  path: ByteName,
  options: CallOptions,
): Promise<Top & { readonly parent: FileDescriptor }> {
  const { parent, name } = part(path);
  const known = { thread, root: name, shown: shown(path) };
  const { fd, openat2, facts, first, second } = await thread.batch((b) => {
    const opened = openParent(b, parent);
    const at = new Below(b, { ...known, directory: opened.fd, openat2: false });
    return { ...opened, facts: at.stat(""), ...at.tryList(ROOT_ROOM) };
  }, options);
  return {
    parent: fd,
    place: { ...known, directory: fd.number, openat2: openat2 !== undefined },
    facts,
    listed: first && second && [first, second],
  };
}
