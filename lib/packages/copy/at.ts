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
import { AT, O, RESOLVE, STATX, type SyscallName } from "../../abi/mod.ts";
import { type Argument, PSEUDO } from "../../wire/mod.ts";
import {
  type Answer,
  type Batch,
  type CallOptions,
  type FileDescriptor,
  type Resolved,
  Result,
  type Thread,
} from "../../thread/mod.ts";
import type { Facts } from "./entry.ts";
import { below, type ByteName, shown, split, toBytes } from "./names.ts";

/** A place below a directory that a thread, and all of its clones, hold open. */
export interface Place {
  readonly thread: Thread;
  /** The number of the open directory; in the batch that opens it, what stands for that. */
  readonly directory: Argument;
  /** The path, in that directory, of what is copied. */
  readonly root: ByteName;
  /** What people call the root. */
  readonly shown: string;
  /** Whether the kernel has openat2(2). */
  readonly openat2: boolean;
}

const WAY = O.PATH | O.DIRECTORY | O.NOFOLLOW;
const OPEN_HOW_SIZE = 24;
const STATX_SIZE = 256;
const UTIME_OMIT = (1n << 30n) - 2n;

/** A descriptor that a batch has opened. */
export type Opened = Result<number>;

/** The calls of one batch on what is in a place. Paths are below its root. */
export class Below {
  readonly #batch: Batch;
  readonly #place: Place;
  #way: { path: ByteName; fd: Opened } | undefined;

  constructor(batch: Batch, place: Place) {
    this.#batch = batch;
    this.#place = place;
  }

  /** Opens by these flags, never through a link. */
  open(path: ByteName, flags: number, mode = 0): Opened {
    const [directory, name] = this.#locate(path);
    const real = this.#batch.host.abi.openFlags(flags | O.NOFOLLOW | O.CLOEXEC);
    return this.#add("openat", [directory, name, real, mode], `open ${this.shown(path)}`);
  }

  /**
   * Opens and lists the root, at most `room` bytes of it, in case it is a directory. If it is not, or
   * cannot be listed, the batch goes on, and the descriptor is negative.
   */
  tryList(room: number): { fd: Opened; first: Result<Uint8Array>; second: Result<Uint8Array> } {
    const tried = (syscall: SyscallName, args: readonly Argument[]) =>
      add(this.#batch, syscall, args, `read directory ${this.shown("")}`, undefined, true);
    const flags = O.RDONLY | O.DIRECTORY | O.NOFOLLOW | O.CLOEXEC;
    const fd = tried("openat", [...this.#locate(""), this.#batch.host.abi.openFlags(flags)]);
    const list = () => {
      const { ref, output } = this.#batch.filled(room);
      const { argument } = tried("getdents64", [fd.argument, ref, room]);
      return new Result(argument, (reply) => reply.output(output));
    };
    const listed = { fd, first: list(), second: list() };
    tried("close", [fd.argument]);
    return listed;
  }

  /**
   * Opens a file to read from an offset. Fails for what cannot be sought in, such as a pipe that somebody
   * has put in the file's place, before it is read from, which might take for ever.
   */
  openToRead(path: ByteName, offset: number): Opened {
    const fd = this.open(path, O.RDONLY | O.NONBLOCK);
    this.seek(fd, offset, path);
    return fd;
  }

  seek(fd: Opened, offset: number, path: ByteName): void {
    this.#add("lseek", [fd.argument, offset, 0], `read ${this.shown(path)}`);
  }

  close(fd: Opened): void {
    this.#add("close", [fd.argument], "close a descriptor");
  }

  mkdir(path: ByteName): void {
    const args = [...this.#locate(path), 0o700];
    this.#add("mkdirat", args, `make directory ${this.shown(path)}`);
  }

  symlink(target: ByteName, path: ByteName): void {
    const content = this.#batch.cstring(toBytes(target));
    const args = [content, ...this.#locate(path)];
    this.#add("symlinkat", args, `make symbolic link ${this.shown(path)}`);
  }

  /** At most `room` bytes of a symbolic link. */
  readlink(path: ByteName, room: number): Result<Uint8Array> {
    const args = this.#locate(path);
    const { ref, output } = this.#batch.filled(room);
    const what = `read symbolic link ${this.shown(path)}`;
    return this.#add("readlinkat", [...args, ref, room], what, (reply) => reply.output(output));
  }

  stat(path: ByteName): Result<Facts> {
    return this.#statx(...this.#locate(path), AT.SYMLINK_NOFOLLOW, `look at ${this.shown(path)}`);
  }

  /** Whether there is anything: a negative number says no, and the batch goes on. */
  isThere(): Opened {
    const args = [
      ...this.#locate(""),
      AT.SYMLINK_NOFOLLOW,
      0,
      this.#batch.filled(STATX_SIZE).ref,
    ];
    return add(this.#batch, "statx", args, `look at ${this.shown("")}`, undefined, true);
  }

  fstat(fd: Opened, path: ByteName): Result<Facts> {
    const name = this.#batch.cstring("");
    return this.#statx(fd.argument, name, AT.EMPTY_PATH, `look at ${this.shown(path)}`);
  }

  /** getdents64(2), of at most `room` bytes. */
  list(fd: Opened | number, room: number, path: ByteName): Result<Uint8Array> {
    const { ref, output } = this.#batch.filled(room);
    const args = [argumentOf(fd), ref, room];
    const what = `read directory ${this.shown(path)}`;
    return this.#add("getdents64", args, what, (reply) => reply.output(output));
  }

  writeAll(fd: Opened, parts: readonly Uint8Array[], path: ByteName): void {
    this.#batch.writeAll(asFd(this.#batch, fd), parts, `write ${this.shown(path)}`);
  }

  truncate(fd: Opened, length: number, path: ByteName): void {
    this.#add("ftruncate", [fd.argument, length], `write ${this.shown(path)}`);
  }

  chmod(fd: Opened, mode: number, path: ByteName): void {
    this.#add("fchmod", [fd.argument, mode], `change the mode of ${this.shown(path)}`);
  }

  /** utimensat(2) of an open file; the time of its last access is left alone. */
  setTime(fd: Opened, mtime: Facts["mtime"], path: ByteName): void {
    const args = [fd.argument, 0, this.#times(mtime), 0];
    this.#add("utimensat", args, `change the time of ${this.shown(path)}`);
  }

  /** The same of a symbolic link, which cannot be opened. */
  setTimeOfLink(path: ByteName, mtime: Facts["mtime"]): void {
    const args = [...this.#locate(path), this.#times(mtime), AT.SYMLINK_NOFOLLOW];
    this.#add("utimensat", args, `change the time of ${this.shown(path)}`);
  }

  /** Removes a tree, following no links. */
  remove(path: ByteName): void {
    const args = this.#locate(path);
    this.#number(PSEUDO.REMOVE_TREE, "unlinkat", args, `remove ${this.shown(path)}`);
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
  #locate(path: ByteName): [Argument, Argument] {
    const { directory, name } = split(below(this.#place.root, path));
    const fd = directory === "" ? this.#place.directory : this.#enter(directory).argument;
    return [fd, this.#batch.cstring(toBytes(name))];
  }

  /** The directory at a path: that of the call before, most of the time. */
  #enter(path: ByteName): Opened {
    if (this.#way?.path === path) return this.#way.fd;
    this.end();
    const fd = this.#place.openat2
      ? openat2(this.#batch, this.#place.directory, path, WAY, `open ${shown(path)}`)
      : this.#step(path);
    this.#way = { path, fd };
    return fd;
  }

  #step(path: ByteName): Opened {
    let fd: Opened | undefined;
    for (const name of path.split("/")) {
      const from: Argument = fd ? fd.argument : this.#place.directory;
      const real = this.#batch.host.abi.openFlags(WAY | O.CLOEXEC);
      const args = [from, this.#batch.cstring(toBytes(name)), real];
      const next = this.#add("openat", args, `open ${shown(path)}`);
      if (fd) this.close(fd);
      fd = next;
    }
    return fd!;
  }

  #statx(directory: Argument, name: Argument, flags: number, what: string): Result<Facts> {
    const { ref, output } = this.#batch.output(STATX_SIZE);
    const args = [directory, name, flags, STATX.BASIC_STATS, ref];
    return this.#add("statx", args, what, (reply) => decodeFacts(reply.output(output)));
  }

  /** Two `struct timespec`. */
  #times({ seconds, nanoseconds }: Facts["mtime"]): Argument {
    return this.#batch.struct(32, (view, at) => {
      view.setBigInt64(at + 8, UTIME_OMIT, true);
      view.setBigInt64(at + 16, seconds, true);
      view.setBigInt64(at + 24, BigInt(nanoseconds), true);
    });
  }

  #add<T = number>(
    syscall: SyscallName,
    args: readonly Argument[],
    what: string,
    decode?: (answer: Answer) => T,
  ): Result<T> {
    return add(this.#batch, syscall, args, what, decode);
  }

  #number(nr: number, syscall: string, args: readonly Argument[], what: string): Opened {
    return this.#batch.call(nr, args, { name: syscall, what });
  }
}

/** Runs a batch of calls on what is in a place. */
export async function inPlace<T>(
  place: Place,
  options: CallOptions,
  build: (at: Below) => T,
): Promise<Resolved<T>> {
  return await place.thread.batch((b) => {
    const at = new Below(b, place);
    const value = build(at);
    at.end();
    return value;
  }, options);
}

/** A batch's call by name, on raw arguments. */
export function add<T = number>(
  batch: Batch,
  syscall: SyscallName,
  args: readonly Argument[],
  what: string,
  decode?: (answer: Answer) => T,
  proceed = false,
): Result<T> {
  return batch.call(syscall, args, {
    what,
    decode: (result, answer) => decode ? decode(answer) : result as T,
    mayFail: proceed,
    ...(syscall.startsWith("openat") && { opens: "result" as const }),
  });
}

/** openat2(2) that stays below `directory` and goes through no link. */
export function openat2(
  batch: Batch,
  directory: Argument,
  path: ByteName,
  flags: number,
  what: string,
  proceed = false,
): Opened {
  const name = batch.cstring(toBytes(path));
  const real = batch.host.abi.openFlags(flags | O.CLOEXEC);
  const how = batch.struct(OPEN_HOW_SIZE, (view, at) => {
    view.setBigUint64(at, BigInt(real), true);
    view.setBigUint64(at + 16, BigInt(RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS), true);
  });
  return add(batch, "openat2", [directory, name, how, OPEN_HOW_SIZE], what, undefined, proceed);
}

/** For the batch's own calls, which take descriptors as such. */
export function asFd(batch: Batch, fd: Opened): Result<FileDescriptor> {
  return batch.descriptor(fd);
}

function argumentOf(fd: Opened | number): Argument {
  return typeof fd === "number" ? fd : fd.argument;
}

function decodeFacts(bytes: Uint8Array): Facts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    uid: view.getUint32(20, true),
    mode: view.getUint16(28, true),
    size: Number(view.getBigUint64(40, true)),
    allocated: 512 * Number(view.getBigUint64(48, true)),
    mtime: { seconds: view.getBigInt64(112, true), nanoseconds: view.getUint32(120, true) },
  };
}
