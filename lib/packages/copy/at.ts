/**
 * Calls below a directory that is held open, in which nothing is ever reached through a link.
 *
 * A path is taken apart: its directory is opened as a directory, without a link anywhere on the way, and
 * the call is made on a single name in it. So whoever may rename things there while a tree is copied
 * cannot lead a call elsewhere. Where the kernel has openat2(2), RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS
 * takes one step for the whole way; else each directory on the way is opened by O_NOFOLLOW.
 *
 * Names that were read from a host have no "/", and are not "." or "..": the listing refuses them.
 */
import { AT, O, RESOLVE, STATX, STRUCT, type SyscallName } from "../../abi/mod.ts";
import { PSEUDO } from "../../wire/mod.ts";
import {
  type Batch,
  type CallArgument,
  type CallOptions,
  calls,
  type DirectoryEntry,
  type Fd,
  type FileDescriptor,
  Metadata,
  type Resolved,
  type Result,
  type Thread,
} from "../../thread/mod.ts";
import { below, type ByteName, shown, split, toBytes } from "./names.ts";

/** A place below a directory that a thread, and all of its clones, hold open. */
export interface Place {
  readonly thread: Thread;
  /** The number of the open directory; in the batch that opens it, what stands for that. */
  readonly directory: CallArgument;
  /** The path, in that directory, of what is copied. */
  readonly root: ByteName;
  /** What people call the root. */
  readonly shown: string;
  /** Whether the kernel has openat2(2). */
  readonly openat2: boolean;
}

const WAY = O.PATH | O.DIRECTORY | O.NOFOLLOW;
const OPEN_HOW_SIZE = 24;
const UTIME_OMIT = (1n << 30n) - 2n;
const SECOND = 1_000_000_000n;

/** The calls of one batch on what is in a place. Paths are below its root. */
export class Below {
  readonly #batch: Batch;
  readonly #place: Place;
  #way: { path: ByteName; fd: Result<FileDescriptor> } | undefined;

  constructor(batch: Batch, place: Place) {
    this.#batch = batch;
    this.#place = place;
  }

  /** Opens by these flags, never through a link. */
  open(path: ByteName, flags: number, mode = 0): Result<FileDescriptor> {
    const [directory, name] = this.#locate(path);
    return openat(this.#batch, [directory, name, flags | O.NOFOLLOW, mode], this.shown(path));
  }

  /**
   * Opens and lists the root, at most `room` bytes of it, in case it is a directory. If it is not, or
   * cannot be listed, the batch goes on, and there is nothing.
   */
  tryList(room: number): Record<"first" | "second", Result<DirectoryEntry[] | undefined>> {
    return this.#batch.proceeding(() => {
      const fd = this.open("", O.RDONLY | O.DIRECTORY);
      const listed = { first: this.list(fd, room), second: this.list(fd, room) };
      this.close(fd);
      return listed;
    });
  }

  /**
   * Opens a file to read from an offset. Fails for what cannot be sought in, such as a pipe that somebody
   * has put in the file's place, before it is read from, which might take for ever.
   */
  openToRead(path: ByteName, offset: number): Result<FileDescriptor> {
    const fd = this.open(path, O.RDONLY | O.NONBLOCK);
    this.#batch.lseek(fd, offset);
    return fd;
  }

  close(fd: Fd): void {
    this.#batch.close(fd);
  }

  mkdir(path: ByteName): void {
    this.#call("mkdirat", [...this.#locate(path), 0o700], `make directory ${this.shown(path)}`);
  }

  symlink(target: ByteName, path: ByteName): void {
    const args = [this.#batch.cstring(toBytes(target)), ...this.#locate(path)];
    this.#call("symlinkat", args, `make symbolic link ${this.shown(path)}`);
  }

  /** At most `room` bytes of a symbolic link. */
  readlink(path: ByteName, room: number): Result<Uint8Array> {
    const place = this.#locate(path);
    const { ref, output } = this.#batch.filled(room);
    return this.#batch.call("readlinkat", [...place, ref, room], {
      what: `read symbolic link ${this.shown(path)}`,
      decode: (_, answer) => answer.output(output),
    });
  }

  stat(path: ByteName): Result<Metadata> {
    const place = this.#locate(path);
    const { ref, output } = this.#batch.output(STRUCT.statx.SIZE);
    return this.#batch.call("statx", [...place, AT.SYMLINK_NOFOLLOW, STATX.BASIC_STATS, ref], {
      what: `look at ${this.shown(path)}`,
      decode: (_, answer) => {
        const bytes = answer.output(output);
        return new Metadata(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      },
    });
  }

  /** What is there, if there is anything. */
  tryStat(path: ByteName): Result<Metadata | undefined> {
    return this.#batch.proceeding(() => this.stat(path));
  }

  /** getdents64(2), of at most `room` bytes. */
  list(fd: Fd, room: number): Result<DirectoryEntry[]> {
    return this.#batch.add(calls.getdents(fd, room));
  }

  /** utimensat(2) of an open file; the time of its last access is left alone. */
  setTime(fd: Fd, mtime: bigint): void {
    const what = `change the time of ${this.#batch.label(fd)}`;
    this.#call("utimensat", [fd, 0, this.#times(mtime), 0], what);
  }

  /** The same of a symbolic link, which cannot be opened. */
  setTimeOfLink(path: ByteName, mtime: bigint): void {
    const args = [...this.#locate(path), this.#times(mtime), AT.SYMLINK_NOFOLLOW];
    this.#call("utimensat", args, `change the time of ${this.shown(path)}`);
  }

  /** Removes a tree, following no links. */
  remove(path: ByteName): void {
    const what = `remove ${this.shown(path)}`;
    this.#batch.call(PSEUDO.REMOVE_TREE, this.#locate(path), { name: "unlinkat", what });
  }

  /** Closes what was opened to get to the paths. */
  end(): void {
    if (this.#way) this.close(this.#way.fd);
    this.#way = undefined;
  }

  shown(path: ByteName): string {
    return path === "" ? this.#place.shown : `${this.#place.shown}/${shown(path)}`;
  }

  /** A path as the descriptor of its directory, and its name in that. */
  #locate(path: ByteName): [CallArgument, CallArgument] {
    const { directory, name } = split(below(this.#place.root, path));
    const fd = directory === "" ? this.#place.directory : this.#enter(directory);
    return [fd, this.#batch.cstring(toBytes(name))];
  }

  /** The directory at a path: that of the call before, most of the time. */
  #enter(path: ByteName): Result<FileDescriptor> {
    if (this.#way?.path === path) return this.#way.fd;
    this.end();
    const fd = this.#place.openat2
      ? this.#batch.descriptor(openat2(this.#batch, this.#place.directory, path, WAY), shown(path))
      : this.#step(path);
    this.#way = { path, fd };
    return fd;
  }

  #step(path: ByteName): Result<FileDescriptor> {
    let fd: Result<FileDescriptor> | undefined;
    for (const name of path.split("/")) {
      const from = fd ?? this.#place.directory;
      const args = [from, this.#batch.cstring(toBytes(name)), WAY, 0] as const;
      const next = openat(this.#batch, args, shown(path));
      if (fd) this.close(fd);
      fd = next;
    }
    return fd!;
  }

  /** Two `struct timespec`. */
  #times(mtime: bigint): CallArgument {
    const nanoseconds = ((mtime % SECOND) + SECOND) % SECOND;
    return this.#batch.struct(32, (view, at) => {
      view.setBigInt64(at + 8, UTIME_OMIT, true);
      view.setBigInt64(at + 16, (mtime - nanoseconds) / SECOND, true);
      view.setBigInt64(at + 24, nanoseconds, true);
    });
  }

  #call(syscall: SyscallName, args: readonly CallArgument[], what: string): void {
    this.#batch.call(syscall, args, { what });
  }
}

/** Runs a batch of calls on what is in a place. */
export async function inPlace<T>(
  place: Place,
  options: CallOptions,
  build: (at: Below, b: Batch) => T,
): Promise<Resolved<T>> {
  return await place.thread.batch((b) => {
    const at = new Below(b, place);
    const value = build(at, b);
    at.end();
    return value;
  }, options);
}

/** openat(2), close-on-exec. */
export function openat(
  b: Batch,
  [directory, name, flags, mode]: readonly [CallArgument, CallArgument, number, number],
  label: string,
): Result<FileDescriptor> {
  const real = b.host.abi.openFlags(flags | O.CLOEXEC);
  const args = [directory, name, real, mode];
  return b.descriptor(b.call("openat", args, { what: `open ${label}`, opens: "result" }), label);
}

/** openat2(2) that stays below `directory` and goes through no link. */
export function openat2(
  b: Batch,
  directory: CallArgument,
  path: ByteName,
  flags: number,
): Result<number> {
  const name = b.cstring(toBytes(path));
  const how = b.struct(OPEN_HOW_SIZE, (view, at) => {
    view.setBigUint64(at, BigInt(b.host.abi.openFlags(flags | O.CLOEXEC)), true);
    view.setBigUint64(at + 16, BigInt(RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS), true);
  });
  const what = `open ${shown(path)}`;
  return b.call("openat2", [directory, name, how, OPEN_HOW_SIZE], { what, opens: "result" });
}
