/**
 * A process that runs system calls: what an agent's threads and the program's own process share.
 *
 * Outside a batch every method is one round trip. All of them throw {@linkcode SyscallError} when the
 * kernel refuses, {@linkcode ThreadEndedError} when the thread is gone, and, for a thread of an agent,
 * {@linkcode HostLostError} or {@linkcode UnknownOutcomeError} when its host is.
 */
import { O, SOCK, type Sockaddr, type SyscallName } from "../abi/mod.ts";
import type { ByteReader, ByteWriter } from "../agent/mod.ts";
import type { BatchEncoder, Reply } from "../wire/mod.ts";
import type { Fd, PathLike } from "./batch_core.ts";
import type { FileDescriptor } from "./file_descriptor.ts";
import type { HostInfo } from "./host_info.ts";
import type { DirectoryEntry, Metadata } from "./metadata.ts";
import { Path } from "./path.ts";
import { Batch, type Poll } from "./process_calls.ts";
import { resolve, type Resolved } from "./result.ts";

/** How a call may be ended early. */
export interface CallOptions {
  /**
   * Interrupts a call that blocks. If the call was done by then, its result stands; if it was not, the
   * signal's reason is thrown.
   */
  signal?: AbortSignal | undefined;
}

const EINTR = 4;

/** Runs system calls. */
export abstract class SyscallThread {
  readonly host: HostInfo;
  #ticks = 0;

  constructor(host: HostInfo) {
    this.host = host;
  }

  /** Whether the thread can still run calls. */
  abstract get isUsable(): boolean;

  /** Runs an encoded batch. */
  protected abstract run(batch: BatchEncoder, signal?: AbortSignal): Promise<Reply>;

  /** For a batch: the number of a stream that it opens. */
  abstract openReader(window: number): ByteReader;

  /** For a batch: the number of a stream that it opens. */
  abstract openWriter(): ByteWriter;

  /** For a batch: forgets a stream that was not opened after all. */
  abstract abandon(stream: ByteReader | ByteWriter): void;

  /** For descriptors: the next moment in the life of this thread's descriptor table. */
  tick(): number {
    return ++this.#ticks;
  }

  /**
   * Sends what `build` calls as one linked batch, in one round trip: the calls run in order, and the
   * first that fails ends it. Results can be used in later calls before they exist, and become values
   * in what this returns.
   *
   * @example
   * ```ts
   * import { O, type Thread } from "bailiwick";
   *
   * async function touch(thread: Thread, path: string): Promise<void> {
   *   await thread.batch((b) => b.close(b.open(path, O.CREAT | O.WRONLY)));
   * }
   * ```
   */
  batch<T>(build: (batch: Batch) => T, options: CallOptions = {}): Promise<Resolved<T>> {
    return this.batchOn((batch, signal) => this.run(batch, signal), build, options);
  }

  /** For subclasses: builds a batch for this thread's descriptors and has `run` send it. */
  protected async batchOn<T>(
    run: (batch: BatchEncoder, signal?: AbortSignal) => Promise<Reply>,
    build: (batch: Batch) => T,
    { signal }: CallOptions,
  ): Promise<Resolved<T>> {
    const batch = new Batch(this);
    let reply: Reply | undefined;
    try {
      const value = build(batch);
      reply = await run(batch.encoder, signal);
      if (signal?.aborted && wasInterrupted(reply)) throw signal.reason;
      batch.check(reply);
      return resolve(value, reply);
    } catch (error) {
      batch.dropStreams(reply);
      throw error;
    }
  }

  /** A path on the thread's host. */
  path(text: string): Path {
    return new Path(this, text);
  }

  /** Any system call, by name or number, with plain numbers as arguments. */
  syscall(nr: number | SyscallName, ...args: (number | bigint)[]): Promise<number> {
    return this.batch((b) => b.syscall(nr, ...args));
  }

  /** openat(2) from the working directory; always close-on-exec. */
  open(
    path: PathLike,
    flags: number,
    mode?: number,
    options?: CallOptions,
  ): Promise<FileDescriptor> {
    return this.batch((b) => b.open(path, flags, mode), options);
  }

  /** pipe2(2), close-on-exec. */
  pipe(): Promise<{ read: FileDescriptor; write: FileDescriptor }> {
    return this.batch((b) => b.pipe());
  }

  /** socket(2), close-on-exec. */
  socket(domain: number, type: number, protocol?: number): Promise<FileDescriptor> {
    return this.batch((b) => b.socket(domain, type, protocol));
  }

  /** socketpair(2), close-on-exec. */
  socketpair(
    domain: number,
    type: number,
  ): Promise<{ first: FileDescriptor; second: FileDescriptor }> {
    return this.batch((b) => b.socketpair(domain, type));
  }

  /** memfd_create(2), close-on-exec. */
  memfd(name: string, flags?: number): Promise<FileDescriptor> {
    return this.batch((b) => b.memfd(name, flags));
  }

  /** dup3(2), close-on-exec unless `flags` says otherwise. */
  dup3(fd: Fd, to: number, flags?: number): Promise<FileDescriptor> {
    return this.batch((b) => b.dup3(fd, to, flags));
  }

  /** mkdirat(2). */
  mkdir(path: PathLike, mode?: number, options?: { existing?: "ok" }): Promise<void> {
    return this.batch((b) => b.mkdir(path, mode, options));
  }

  /** unlinkat(2) of a file. */
  unlink(path: PathLike): Promise<void> {
    return this.batch((b) => b.unlink(path));
  }

  /** unlinkat(2) of an empty directory. */
  rmdir(path: PathLike): Promise<void> {
    return this.batch((b) => b.rmdir(path));
  }

  /** Removes a file or a whole tree; that it is missing is no error. */
  removeTree(path: PathLike): Promise<void> {
    return this.batch((b) => b.removeTree(path));
  }

  /** renameat2(2). */
  rename(from: PathLike, to: PathLike, flags?: number): Promise<void> {
    return this.batch((b) => b.rename(from, to, flags));
  }

  /** symlinkat(2). */
  symlink(target: string, path: PathLike): Promise<void> {
    return this.batch((b) => b.symlink(target, path));
  }

  /** readlinkat(2). */
  readlink(path: PathLike): Promise<string> {
    return this.batch((b) => b.readlink(path));
  }

  /** fchmodat(2). */
  chmod(path: PathLike, mode: number): Promise<void> {
    return this.batch((b) => b.chmod(path, mode));
  }

  /** statx(2). */
  stat(path: PathLike, options?: { followSymlink?: boolean }): Promise<Metadata> {
    return this.batch((b) => b.stat(path, options));
  }

  /** chdir(2): of this thread only; a clone and a service start where it stands. */
  chdir(path: PathLike): Promise<void> {
    return this.batch((b) => b.chdir(path));
  }

  /** getcwd(2). */
  getcwd(): Promise<string> {
    return this.batch((b) => b.getcwd());
  }

  /** getpid(2). */
  getpid(): Promise<number> {
    return this.batch((b) => b.getpid());
  }

  /** setsid(2). */
  setsid(): Promise<number> {
    return this.batch((b) => b.setsid());
  }

  /** rt_sigprocmask(2): blocks exactly these signals. Blocking SIGURG makes calls uninterruptible. */
  sigmask(blocked: readonly number[]): Promise<void> {
    return this.batch((b) => b.sigmask(blocked));
  }

  /** prctl(2). */
  prctl(option: number, ...args: number[]): Promise<number> {
    return this.batch((b) => b.prctl(option, ...args));
  }

  /** prlimit64(2) on the thread: its soft and hard limit. */
  getrlimit(resource: number): Promise<{ soft: bigint; hard: bigint }> {
    return this.batch((b) => b.getrlimit(resource));
  }

  /** prlimit64(2) on the thread. */
  setrlimit(resource: number, soft: bigint, hard = soft): Promise<void> {
    return this.batch((b) => b.setrlimit(resource, soft, hard));
  }

  /** ppoll(2): the events of each descriptor. Milliseconds; without a time, waits until one is ready. */
  poll(polls: readonly Poll[], timeout?: number, options?: CallOptions): Promise<number[]> {
    return this.batch((b) => b.poll(polls, timeout), options);
  }

  /** nanosleep(2), in milliseconds. */
  nanosleep(milliseconds: number, options?: CallOptions): Promise<void> {
    return this.batch((b) => b.nanosleep(milliseconds), options);
  }

  /** The entries of a directory, without "." and "..". */
  async readDirectory(path: PathLike): Promise<DirectoryEntry[]> {
    await using fd = await this.open(path, O.RDONLY | O.DIRECTORY);
    const entries: DirectoryEntry[] = [];
    for (let some; (some = await this.batch((b) => b.getdents(fd))).length > 0;) {
      entries.push(...some);
    }
    return entries;
  }

  /** A whole file. One round trip if it has less than 1 MiB and the link is not slow. */
  async readFile(path: PathLike, options?: CallOptions): Promise<Uint8Array> {
    let { piece } = this.host;
    const { fd, first } = await this.batch((b) => {
      const fd = b.open(path, O.RDONLY);
      return { fd, first: b.readFull(fd, piece) };
    }, options);
    await using _closed = fd;
    const parts = [first];
    while (parts.at(-1)!.length === piece) {
      piece = this.host.piece;
      parts.push(await this.batch((b) => b.readFull(fd, piece), options));
    }
    return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
  }

  /** A whole file as UTF-8 text. */
  async readTextFile(path: PathLike, options?: CallOptions): Promise<string> {
    return new TextDecoder().decode(await this.readFile(path, options));
  }

  /** Creates or replaces a file's content. One round trip as with {@linkcode readFile}. */
  async writeFile(path: PathLike, content: Uint8Array | string, mode?: number): Promise<void> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    if (bytes.length <= this.host.piece) {
      await this.batch((b) => {
        const fd = b.open(path, O.CREAT | O.WRONLY | O.TRUNC, mode);
        b.writeAll(fd, bytes);
        b.close(fd);
      });
      return;
    }
    await using fd = await this.open(path, O.CREAT | O.WRONLY | O.TRUNC, mode);
    for (let at = 0; at < bytes.length;) {
      const { piece } = this.host;
      await fd.writeAll(bytes.subarray(at, at + piece));
      at += piece;
    }
  }

  /** For descriptors: close(2) of one that this thread's table holds. */
  closeNumber(number: number): Promise<number> {
    return this.batch((b) => b.syscall("close", number));
  }

  /** A stream socket that is bound and listens: socket(2), bind(2), listen(2) in one round trip. */
  async listen(address: Sockaddr, backlog = 1024): Promise<FileDescriptor> {
    return await this.batch((b) => {
      const fd = b.socket(address.family, SOCK.STREAM);
      b.bind(fd, address);
      b.listen(fd, backlog);
      return fd;
    });
  }

  toString(): string {
    return `a thread on host ${this.host.name}`;
  }
}

function wasInterrupted(reply: Reply): boolean {
  return reply.done > 0 && reply.result(reply.done - 1) === -EINTR;
}
