/**
 * Where a copy is made: in a new directory beside the target, which nobody else can enter, and from there
 * it is renamed into place as the last step. So the target is there whole or not at all.
 *
 * Somebody who may rename things in the target's directory may put another directory in the new one's
 * place before it is opened. So it is trusted only if it is the user's own, private and empty; from then
 * on its descriptor is used, and never its name, but to remove it when it is empty.
 */
import { AT, O, RENAME } from "../../abi/mod.ts";
import { SyscallError } from "../../agent/mod.ts";
import type { CallOptions, FileDescriptor, Thread } from "../../thread/mod.ts";
import { isPrivate } from "../places.ts";
import { add, asFd, Below, type Place } from "./at.ts";
import { type Entry, permissions, typeOf } from "./entry.ts";
import { NotCopyableError } from "./errors.ts";
import { decodeDirectory } from "./list.ts";
import { type ByteName, toBytes } from "./names.ts";
import { openParent, part } from "./source.ts";

/** The name of the copy in the directory that it is made in. */
const WHOLE = "whole";
/** Room for the entries of a directory that is empty. */
const ROOM = 512;
const OWNER_WRITES = 0o200;
const EEXIST = 17;

interface Parts {
  readonly parent: FileDescriptor;
  readonly directory: FileDescriptor;
  /** The name of the directory, and that which the copy will have, both in the parent. */
  readonly making: ByteName;
  readonly name: ByteName;
  readonly place: Place;
}

/** A directory that a copy is made in. */
export class Stage {
  /** The copy, while it is made. */
  readonly place: Place;
  readonly #parts: Parts;
  #published = false;

  private constructor(parts: Parts) {
    this.place = parts.place;
    this.#parts = parts;
  }

  /**
   * Makes the directory for a copy: one round trip.
   *
   * @throws {SyscallError} EEXIST if there is something at `path`.
   * @throws {NotCopyableError} If somebody else put another directory in its place.
   */
  static async make(thread: Thread, path: string, options: CallOptions): Promise<Stage> {
    const { parent, name } = part(path.replace(/(?<=[^/])\/+$/, ""));
    const making = `.bailiwick-copy-${crypto.randomUUID()}`;
    const found = await thread.batch((b) => {
      const { fd: above, openat2 } = openParent(b, parent);
      const place = { thread, directory: above.argument, shown: path, openat2: false };
      const there = new Below(b, { ...place, root: name }).isThere();
      const at = new Below(b, { ...place, root: making });
      at.mkdir("");
      const fd = at.open("", O.RDONLY | O.DIRECTORY);
      return {
        parent: asFd(b, above),
        directory: asFd(b, fd),
        there,
        openat2,
        uid: b.syscall("geteuid"),
        facts: at.fstat(fd, ""),
        listed: at.list(fd, ROOM, ""),
      };
    }, options);
    const place: Place = {
      thread,
      directory: found.directory.number,
      root: WHOLE,
      shown: path,
      openat2: found.openat2 >= 0,
    };
    const { parent: above, directory } = found;
    const stage = new Stage({ parent: above, directory, making, name, place });
    const isEmpty = decodeDirectory(found.listed).every((entry) => /^\.\.?$/.test(entry.name));
    if (!isPrivate(found.facts, found.uid) || !isEmpty) {
      await stage.#close();
      throw new NotCopyableError(
        `Cannot copy to ${path} on host ${thread.host.name}: a directory that was made beside it is ` +
          "not the user's own and empty; copy to where nobody else can rename files",
      );
    }
    if (found.there >= 0) {
      await stage.remove();
      const { host } = thread;
      throw new SyscallError({
        syscall: "mkdirat",
        errno: EEXIST,
        what: `make ${path}`,
        host: host.name,
      });
    }
    return stage;
  }

  /** Gives the copy its name; of a directory also mode and time, which its content would have changed. */
  async publish(root: Entry): Promise<void> {
    const isDirectory = typeOf(root) === "directory";
    const renaming = this.#rename(root, isDirectory, RENAME.NOREPLACE);
    // Sent at once: a directory that something is still in is not removed.
    const removing = this.#removeDirectory();
    removing.catch(() => {}); // Looked at when the copy has its name.
    try {
      await renaming;
      this.#published = true;
    } catch (error) {
      if (!(error instanceof SyscallError && error.code === "EINVAL")) throw error;
      // A file system that does not know the flag.
      if (isDirectory) await this.#rename(root, isDirectory, 0);
      else await this.#link();
      this.#published = true;
      return await this.#removeDirectory();
    }
    await removing;
  }

  /** Removes what is not published, and the directory. */
  async remove(): Promise<void> {
    if (!this.#published) {
      await this.place.thread.batch((b) => new Below(b, this.place).remove(""));
      await this.#removeDirectory();
    }
  }

  async #rename(root: Entry, isDirectory: boolean, flags: number): Promise<void> {
    const { place, parent, name } = this.#parts;
    await place.thread.batch((b) => {
      const at = new Below(b, place);
      const fd = isDirectory ? at.open("", O.RDONLY | O.DIRECTORY) : undefined;
      // A directory that its owner cannot write to cannot be moved to another one.
      if (fd) at.chmod(fd, permissions(root) | OWNER_WRITES, "");
      if (fd) at.setTime(fd, root.facts.mtime, "");
      const names = [WHOLE, name].map((each) => b.cstring(toBytes(each)));
      const args = [place.directory, names[0]!, parent.number, names[1]!, flags];
      add(b, "renameat2", args, `make ${place.shown}`);
      if (fd) at.chmod(fd, permissions(root), "");
      if (fd) at.close(fd);
    });
  }

  async #link(): Promise<void> {
    const { place, parent, name } = this.#parts;
    await place.thread.batch((b) => {
      const names = [WHOLE, name].map((each) => b.cstring(toBytes(each)));
      const args = [place.directory, names[0]!, parent.number, names[1]!, 0];
      add(b, "linkat", args, `make ${place.shown}`);
      add(b, "unlinkat", [place.directory, names[0]!, 0], `make ${place.shown}`);
    });
  }

  async #removeDirectory(): Promise<void> {
    const { place, parent, making } = this.#parts;
    await place.thread.batch((b) => {
      const name = b.cstring(toBytes(making));
      const what = `remove ${making}, which was beside ${place.shown},`;
      add(b, "unlinkat", [parent.number, name, AT.REMOVEDIR], what);
    });
    this.#close().catch(() => {}); // Not waited for: a thread that ends closes them, too.
  }

  async #close(): Promise<void> {
    await Promise.all([this.#parts.parent.close(), this.#parts.directory.close()]);
  }
}
