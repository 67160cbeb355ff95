/** Opening what is copied: one round trip, in which a directory is listed too. */
import { AT, O } from "../../abi/mod.ts";
import type { Batch, CallOptions, FileDescriptor, Result, Thread } from "../../thread/mod.ts";
import { add, asFd, Below, openat2, type Opened } from "./at.ts";
import { ROOT_ROOM, type Top } from "./list.ts";
import { type ByteName, byteName, shown, toBytes } from "./names.ts";

/** A path as the directory that is opened for it, and the name in that. */
export interface Parted {
  readonly parent: ByteName;
  readonly name: ByteName;
}

/** Takes a path apart. What ends in "/", "." or ".." is a directory, by the name "." in itself. */
export function part(text: string): Parted {
  const path = byteName(text);
  const slash = path.lastIndexOf("/");
  const name = path.slice(slash + 1);
  if (["", ".", ".."].includes(name)) return { parent: path, name: "." };
  return { parent: slash < 0 ? "." : path.slice(0, slash + 1), name };
}

/** Opens the directory that a path is in; this once, links are followed, as the path says. */
export function openParent(b: Batch, parent: ByteName): { fd: Opened; openat2: Result<number> } {
  const flags = b.host.abi.openFlags(O.PATH | O.DIRECTORY | O.CLOEXEC);
  const name = b.cstring(toBytes(parent));
  const fd = add(b, "openat", [AT.FDCWD, name, flags], `open ${shown(parent)}`);
  const tried = openat2(b, fd.argument, ".", O.PATH | O.DIRECTORY, "open a directory", true);
  add(b, "close", [tried.argument], "close a descriptor", undefined, true);
  return { fd, openat2: tried };
}

/** Opens a tree to be copied. The descriptor is the caller's to close. */
export async function openSource(
  thread: Thread,
  path: string,
  options: CallOptions,
): Promise<Top & { readonly parent: FileDescriptor }> {
  const { parent, name } = part(path);
  const top = await thread.batch((b) => {
    const { fd, openat2 } = openParent(b, parent);
    const place = { thread, directory: fd.argument, root: name, shown: path, openat2: false };
    const at = new Below(b, place);
    return { parent: asFd(b, fd), openat2, facts: at.stat(""), ...at.tryList(ROOT_ROOM) };
  }, options);
  const { fd, first, second, facts } = top;
  return {
    parent: top.parent,
    place: {
      thread,
      directory: top.parent.number,
      root: name,
      shown: path,
      openat2: top.openat2 >= 0,
    },
    facts,
    listed: fd < 0 ? undefined : [first, second],
  };
}
