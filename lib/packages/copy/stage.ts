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
import { Below, inPlace, type Place } from "./at.ts";
import { type Entry, permissions, typeOf } from "./entry.ts";
import { NotCopyableError } from "./errors.ts";
import { addLock, ROOM, stageName, sweep, WHOLE } from "./leftovers.ts";
import { type ByteName, shown, toBytes } from "./names.ts";
import { openParent, part } from "./source.ts";

const OWNER_WRITES = 0o200;
const EEXIST = 17;

interface Parts {
  readonly parent: FileDescriptor;
  readonly directory: FileDescriptor;
  /** The name of the directory, and that which the copy will have, both in the parent. */
  readonly making: ByteName;
  readonly name: ByteName;
  readonly place: Place;
  /** When the directory was made: nanoseconds by the host's clock. */
  readonly made: bigint;
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
  static async make(thread: Thread, path: ByteName, options: CallOptions): Promise<Stage> {
    const { parent, name } = part(path.replace(/(?<=[^/])\/+$/, ""));
    const making = stageName();
    const known = { thread, shown: shown(path) };
    const opening = thread.batch((b) => {
      const { fd: parent_, openat2 } = openParent(b, parent);
      const place = { ...known, directory: parent_, openat2: false };
      const there = new Below(b, { ...place, root: name }).tryStat("");
      const at = new Below(b, { ...place, root: making });
      at.mkdir("");
      const directory = at.open("", O.RDONLY | O.DIRECTORY);
      addLock(b, directory, making);
      return {
        parent: parent_,
        directory,
        there,
        openat2,
        uid: b.geteuid(),
        facts: b.fstat(directory),
        listed: at.list(directory, ROOM),
      };
    }, options);
    const found = await opening.catch(async (error) => {
      // It may have been made by then. That it is not there is the usual failure here.
      await removeUnopened(thread, parent, making).catch(() => {});
      throw error;
    });
    const place: Place = {
      ...known,
      directory: found.directory.number,
      root: WHOLE,
      openat2: found.openat2 !== undefined,
    };
    const { parent: above, directory } = found;
    const stage = new Stage({
      ...{ parent: above, directory, making, name, place },
      made: found.facts.mtime,
    });
    if (!isPrivate(found.facts, found.uid) || found.listed.length > 0) {
      await stage.#close();
      throw new NotCopyableError(
        `Cannot copy to ${place.shown} on host ${thread.host.name}: a directory that was made beside ` +
          "it is not the user's own and empty; copy to where nobody else can rename files",
      );
    }
    if (found.there) {
      await stage.remove();
      const host = thread.host.name;
      throw new SyscallError({
        syscall: "mkdirat",
        errno: EEXIST,
        what: `make ${place.shown}`,
        host,
      });
    }
    return stage;
  }

  /** Removes what copies beside this one have left that were killed. */
  async sweep(): Promise<void> {
    const { place, parent, made } = this.#parts;
    await sweep(place.thread, parent, made);
  }

  /** Gives the copy its name; of a directory also mode and time, which its content would have changed. */
  async publish(root: Entry): Promise<void> {
    try {
      await this.#publish(root);
    } finally {
      if (this.#published) this.#leave();
    }
  }

  /** Removes what is not published, and the directory. */
  async remove(): Promise<void> {
    if (this.#published) return;
    try {
      await inPlace(this.place, {}, (at) => at.remove(""));
      await this.#removeDirectory();
    } finally {
      this.#leave();
    }
  }

  async #publish(root: Entry): Promise<void> {
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

  async #rename(root: Entry, isDirectory: boolean, flags: number): Promise<void> {
    const { place, parent, name } = this.#parts;
    await inPlace(place, {}, (at, b) => {
      const fd = isDirectory ? at.open("", O.RDONLY | O.DIRECTORY) : undefined;
      // A directory that its owner cannot write to cannot be moved to another one.
      if (fd) b.fchmod(fd, permissions(root) | OWNER_WRITES);
      if (fd) at.setTime(fd, root.facts.mtime);
      const args = [place.directory, b.cstring(WHOLE), parent, b.cstring(toBytes(name)), flags];
      b.call("renameat2", args, { what: `make ${place.shown}` });
      if (fd) b.fchmod(fd, permissions(root));
      if (fd) at.close(fd);
    });
  }

  async #link(): Promise<void> {
    const { place, parent, name } = this.#parts;
    const what = `make ${place.shown}`;
    await inPlace(place, {}, (_, b) => {
      const args = [place.directory, b.cstring(WHOLE), parent, b.cstring(toBytes(name)), 0];
      b.call("linkat", args, { what });
      b.call("unlinkat", [place.directory, b.cstring(WHOLE), 0], { what });
    });
  }

  async #removeDirectory(): Promise<void> {
    const { place, parent, making } = this.#parts;
    const what = `remove ${making}, which was beside ${place.shown},`;
    await inPlace(place, {}, (_, b) => {
      b.call("unlinkat", [parent, b.cstring(making), AT.REMOVEDIR], { what });
    });
  }

  /** Closes without waiting: a thread that ends closes its descriptors, too. */
  #leave(): void {
    this.#close().catch(() => {});
  }

  async #close(): Promise<void> {
    await Promise.all([this.#parts.parent.close(), this.#parts.directory.close()]);
  }
}

/** Removes the directory when it could not be opened. */
async function removeUnopened(thread: Thread, parent: ByteName, making: ByteName): Promise<void> {
  await thread.batch((b) => {
    const { fd } = openParent(b, parent);
    const what = `remove ${making}`;
    b.call("unlinkat", [fd, b.cstring(making), AT.REMOVEDIR], { what });
    b.close(fd);
  });
}
