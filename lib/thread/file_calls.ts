/** Calls on files and directories. */
import { AT, F, O, SEEK, STATX } from "../abi/mod.ts";
import { Int32Ref, PSEUDO, type Reply } from "../wire/mod.ts";
import { BatchCore, CWD, type Fd, nothing, number, type PathLike } from "./batch_core.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { decodeDirectory, type DirectoryEntry, Metadata, STATX_SIZE } from "./metadata.ts";
import { Result } from "./result.ts";

const utf8 = new TextEncoder();

function toBytes(bytes: Uint8Array | string): Uint8Array {
  return typeof bytes === "string" ? utf8.encode(bytes) : bytes;
}

/** A batch's calls on files and directories; {@linkcode SyscallThread} documents each. */
export class FileCalls extends BatchCore {
  open(path: PathLike, flags: number, mode = 0o666): Result<FileDescriptor> {
    const real = this.thread.host.abi.openFlags(flags | O.CLOEXEC);
    const args = [CWD, this.path(path), real, mode];
    return this.descriptor(this.add("openat", args, () => `open ${path}`, number));
  }

  close(fd: Fd): Result<void> {
    const argument = this.fd(fd);
    if (fd instanceof FileDescriptor) fd.markClosed();
    return this.add("close", [argument], "close a descriptor", nothing);
  }

  read(fd: Fd, length: number): Result<Uint8Array> {
    const { ref, output } = this.readBuffer(length);
    const decode = (_: number, reply: Reply) => reply.output(output);
    return this.add("read", [this.fd(fd), ref, length], "read", decode);
  }

  write(fd: Fd, bytes: Uint8Array | string): Result<number> {
    const data = toBytes(bytes);
    return this.add("write", [this.fd(fd), this.encoder.put(data), data.length], "write", number);
  }

  /**
   * PSEUDO_WRITE_ALL: write(2) until all is written, of one or several parts. `what` is for errors, as
   * "write /etc/motd".
   */
  writeAll(
    fd: Fd,
    bytes: Uint8Array | string | readonly Uint8Array[],
    what = "write",
  ): Result<number> {
    const parts = Array.isArray(bytes) ? bytes : [toBytes(bytes as Uint8Array | string)];
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const args = [this.fd(fd), this.encoder.putParts(parts, length), length];
    return this.addNumbered(PSEUDO.WRITE_ALL, "write", args, what, number);
  }

  /** PSEUDO_READ_FULL: read(2) until `length` bytes or the end of file. */
  readFull(fd: Fd, length: number): Result<Uint8Array> {
    const { ref, output } = this.readBuffer(length);
    const decode = (_: number, reply: Reply) => reply.output(output);
    return this.addNumbered(PSEUDO.READ_FULL, "read", [this.fd(fd), ref, length], "read", decode);
  }

  /**
   * PSEUDO_COPY: read(2) and write(2) until the end of file or `count` bytes. `what` is for errors, as
   * "copy /etc/motd".
   */
  copy(
    from: Fd,
    to: Fd,
    count: number = Number.MAX_SAFE_INTEGER,
    what = "copy between descriptors",
  ): Result<number> {
    const args = [this.fd(from), this.fd(to), count];
    return this.addNumbered(PSEUDO.COPY, "copy", args, what, number);
  }

  pread(fd: Fd, length: number, offset: number): Result<Uint8Array> {
    const { ref, output } = this.readBuffer(length);
    const decode = (_: number, reply: Reply) => reply.output(output);
    return this.add("pread64", [this.fd(fd), ref, length, offset], "read", decode);
  }

  pwrite(fd: Fd, bytes: Uint8Array | string, offset: number): Result<number> {
    const data = toBytes(bytes);
    const args = [this.fd(fd), this.encoder.put(data), data.length, offset];
    return this.add("pwrite64", args, "write", number);
  }

  lseek(fd: Fd, offset: number, whence: number = SEEK.SET): Result<number> {
    return this.add("lseek", [this.fd(fd), offset, whence], "seek", number);
  }

  ftruncate(fd: Fd, length: number): Result<void> {
    return this.add("ftruncate", [this.fd(fd), length], `truncate to ${length}`, nothing);
  }

  fsync(fd: Fd): Result<void> {
    return this.add("fsync", [this.fd(fd)], "sync a file", nothing);
  }

  fchmod(fd: Fd, mode: number): Result<void> {
    return this.add("fchmod", [this.fd(fd), mode], "change a file's mode", nothing);
  }

  stat(path: PathLike, options: { followSymlink?: boolean } = {}): Result<Metadata> {
    const flags = options.followSymlink === false ? AT.SYMLINK_NOFOLLOW : 0;
    return this.#statx(CWD, this.path(path), flags, () => `look at ${path}`);
  }

  fstat(fd: Fd): Result<Metadata> {
    return this.#statx(this.fd(fd), this.cstring(""), AT.EMPTY_PATH, "look at a descriptor");
  }

  /** statfs(2): bytes that an ordinary user can still write, and that there are at all. */
  statfs(path: PathLike): Result<{ available: number; total: number }> {
    const { ref, output } = this.outputBuffer(STATFS_SIZE);
    const args = [this.path(path), ref];
    return this.add("statfs", args, () => `look at the file system of ${path}`, (_, reply) => {
      const bytes = reply.output(output);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const [block, total, , available] = [8, 16, 24, 32].map((at) =>
        Number(view.getBigUint64(at, true))
      );
      return { available: available! * block!, total: total! * block! };
    });
  }

  mkdir(path: PathLike, mode = 0o777, options: { existing?: "ok" } = {}): Result<void> {
    const args = [CWD, this.path(path), mode];
    const proceed = options.existing === "ok";
    return this.add("mkdirat", args, () => `make directory ${path}`, nothing, proceed);
  }

  unlink(path: PathLike): Result<void> {
    return this.add("unlinkat", [CWD, this.path(path), 0], () => `remove ${path}`, nothing);
  }

  rmdir(path: PathLike): Result<void> {
    const args = [CWD, this.path(path), AT.REMOVEDIR];
    return this.add("unlinkat", args, () => `remove directory ${path}`, nothing);
  }

  /** PSEUDO_REMOVE_TREE: the whole tree, without following symbolic links; missing is no error. */
  removeTree(path: PathLike): Result<void> {
    const args = [CWD, this.path(path)];
    const what = () => `remove the tree ${path}`;
    return this.addNumbered(PSEUDO.REMOVE_TREE, "unlinkat", args, what, nothing);
  }

  rename(from: PathLike, to: PathLike, flags = 0): Result<void> {
    const args = [CWD, this.path(from), CWD, this.path(to), flags];
    return this.add("renameat2", args, () => `rename ${from} to ${to}`, nothing);
  }

  symlink(target: string, path: PathLike): Result<void> {
    const args = [this.cstring(target), CWD, this.path(path)];
    return this.add("symlinkat", args, () => `make symbolic link ${path}`, nothing);
  }

  /** readlinkat(2), of at most `length` bytes: what room is made for travels to the host. */
  readlink(path: PathLike, length = 4096): Result<string> {
    const { ref, output } = this.readBuffer(length);
    const decode = (_: number, reply: Reply) => new TextDecoder().decode(reply.output(output));
    const args = [CWD, this.path(path), ref, length];
    return this.add("readlinkat", args, () => `read symbolic link ${path}`, decode);
  }

  chmod(path: PathLike, mode: number): Result<void> {
    const args = [CWD, this.path(path), mode];
    return this.add("fchmodat", args, () => `change the mode of ${path}`, nothing);
  }

  chown(path: PathLike, uid: number, gid: number): Result<void> {
    const args = [CWD, this.path(path), uid, gid, 0];
    return this.add("fchownat", args, () => `change the owner of ${path}`, nothing);
  }

  /** getdents64(2): some of the entries; none when all were read. `length` is the room for them. */
  getdents(fd: Fd, length: number = 128 * 1024): Result<DirectoryEntry[]> {
    const { ref, output } = this.readBuffer(length);
    const decode = (_: number, reply: Reply) => decodeDirectory(reply.output(output));
    return this.add("getdents64", [this.fd(fd), ref, length], "read a directory", decode);
  }

  pipe(): { read: Result<FileDescriptor>; write: Result<FileDescriptor> } {
    const { ref, output } = this.outputBuffer(8);
    this.add("pipe2", [ref, O.CLOEXEC], "make a pipe", nothing);
    return {
      read: this.descriptorAt(ref.value, output, 0),
      write: this.descriptorAt(ref.value, output, 4),
    };
  }

  memfd(name: string, flags = 0): Result<FileDescriptor> {
    const args = [this.cstring(name), flags | MFD_CLOEXEC];
    return this.descriptor(this.add("memfd_create", args, `make memory file ${name}`, number));
  }

  fcntl(fd: Fd, command: number, argument = 0): Result<number> {
    return this.add("fcntl", [this.fd(fd), command, argument], `fcntl ${command}`, number);
  }

  /** A duplicate at the lowest free number that is not below `least`. */
  dup(fd: Fd, least = 0): Result<FileDescriptor> {
    return this.descriptor(this.fcntl(fd, F.DUPFD_CLOEXEC, least));
  }

  /** dup3(2) to a number of the caller's choice. */
  dup3(fd: Fd, to: number, flags: number = O.CLOEXEC): Result<FileDescriptor> {
    const args = [this.fd(fd), to, flags];
    return this.descriptor(this.add("dup3", args, `duplicate a descriptor to ${to}`, number));
  }

  /** The descriptor whose number is the result of a call. */
  protected descriptor(result: Result<number>): Result<FileDescriptor> {
    return new Result(
      result.argument,
      (reply) => new FileDescriptor(this.thread, result.decode(reply)),
    );
  }

  /** The descriptor whose number the kernel stores in the blob. */
  protected descriptorAt(
    blobOffset: number,
    output: Parameters<Reply["output"]>[0],
    at: number,
  ): Result<FileDescriptor> {
    return new Result(new Int32Ref(blobOffset + at), (reply) => {
      const bytes = reply.output(output);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return new FileDescriptor(this.thread, view.getInt32(at, true));
    });
  }

  #statx(
    dirfd: ReturnType<FileCalls["fd"]>,
    path: ReturnType<FileCalls["cstring"]>,
    flags: number,
    what: string | (() => string),
  ): Result<Metadata> {
    const { ref, output } = this.outputBuffer(STATX_SIZE);
    const decode = (_: number, reply: Reply) => {
      const bytes = reply.output(output);
      return new Metadata(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    };
    return this.add("statx", [dirfd, path, flags, STATX.BASIC_STATS, ref], what, decode);
  }
}

const MFD_CLOEXEC = 1;
/** Bytes of `struct statfs`; its first fields are 64-bit words on both architectures. */
const STATFS_SIZE = 120;
