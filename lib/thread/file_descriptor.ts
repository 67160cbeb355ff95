/** Descriptors: a number, and the one descriptor table in which it means something. */
import type { F, SHUT, Sockaddr } from "../abi/mod.ts";
import type { CallOptions, SyscallThread } from "./syscall_thread.ts";
import type { Metadata } from "./metadata.ts";

/**
 * An open file of a thread. Everything that the library opens is close-on-exec; a service gets what
 * {@linkcode Thread.exec} is told to give it.
 */
export class FileDescriptor {
  /** The thread whose descriptor table holds it. */
  readonly thread: SyscallThread;
  /** Its number in that table. */
  readonly number: number;
  readonly #openedAt: number;
  #closedAt = Infinity;

  /** @param number An open descriptor of `thread`, owned by this object from now on. */
  constructor(thread: SyscallThread, number: number) {
    this.thread = thread;
    this.number = number;
    this.#openedAt = thread.tick();
  }

  /** Whether it has not been closed. */
  get isOpen(): boolean {
    return this.#closedAt === Infinity;
  }

  /**
   * The number, for use on `thread`.
   *
   * @throws {TypeError} If it is closed, or of another thread.
   */
  numberOn(thread: SyscallThread): number {
    if (thread !== this.thread) {
      throw new TypeError(
        `Descriptor ${this.number} is of ${this.thread} and means nothing to ${thread}: ` +
          "a clone takes it over with inherit(fd)",
      );
    }
    if (!this.isOpen) throw new TypeError(`Descriptor ${this.number} of ${thread} is closed`);
    return this.number;
  }

  /** Whether the table as it was at this tick held the descriptor. */
  wasOpenAt(tick: number): boolean {
    return this.#openedAt < tick && tick < this.#closedAt;
  }

  /** close(2). Closing twice is fine, and so is closing after the thread has ended. */
  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.markClosed();
    if (!this.thread.isUsable) return;
    await this.thread.closeNumber(this.number);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** For a batch that closes it: it must not be used again. */
  markClosed(): void {
    this.#closedAt = this.thread.tick();
  }

  /** read(2): up to `length` bytes; none at the end of file. At most 1 MiB less 4 KiB. */
  read(length: number, options?: CallOptions): Promise<Uint8Array> {
    return this.thread.batch((b) => b.read(this, length), options);
  }

  /** write(2): returns how many bytes were written. */
  write(bytes: Uint8Array | string, options?: CallOptions): Promise<number> {
    return this.thread.batch((b) => b.write(this, bytes), options);
  }

  /** write(2) until everything is written. At most 1 MiB less 4 KiB. */
  writeAll(bytes: Uint8Array | string, options?: CallOptions): Promise<number> {
    return this.thread.batch((b) => b.writeAll(this, bytes), options);
  }

  /** pread64(2). */
  pread(length: number, offset: number, options?: CallOptions): Promise<Uint8Array> {
    return this.thread.batch((b) => b.pread(this, length, offset), options);
  }

  /** pwrite64(2). */
  pwrite(bytes: Uint8Array | string, offset: number, options?: CallOptions): Promise<number> {
    return this.thread.batch((b) => b.pwrite(this, bytes, offset), options);
  }

  /** lseek(2). */
  lseek(offset: number, whence: number): Promise<number> {
    return this.thread.batch((b) => b.lseek(this, offset, whence));
  }

  /** ftruncate(2). */
  ftruncate(length: number): Promise<void> {
    return this.thread.batch((b) => b.ftruncate(this, length));
  }

  /** fsync(2). */
  fsync(): Promise<void> {
    return this.thread.batch((b) => b.fsync(this));
  }

  /** statx(2) of the open file. */
  stat(): Promise<Metadata> {
    return this.thread.batch((b) => b.fstat(this));
  }

  /** fcntl(2) with a number as its argument. */
  fcntl(command: F, argument = 0): Promise<number> {
    return this.thread.batch((b) => b.fcntl(this, command, argument));
  }

  /** fcntl(2) F_DUPFD_CLOEXEC: a new descriptor of the same open file. */
  dup(): Promise<FileDescriptor> {
    return this.thread.batch((b) => b.dup(this));
  }

  /** bind(2). */
  bind(address: Sockaddr): Promise<void> {
    return this.thread.batch((b) => b.bind(this, address));
  }

  /** listen(2). */
  listen(backlog: number): Promise<void> {
    return this.thread.batch((b) => b.listen(this, backlog));
  }

  /** connect(2). */
  connect(address: Sockaddr, options?: CallOptions): Promise<void> {
    return this.thread.batch((b) => b.connect(this, address), options);
  }

  /** accept4(2): the connection, close-on-exec. */
  accept(options?: CallOptions): Promise<FileDescriptor> {
    return this.thread.batch((b) => b.accept(this), options);
  }

  /** getsockname(2). */
  getsockname(): Promise<Sockaddr> {
    return this.thread.batch((b) => b.getsockname(this));
  }

  /** getpeername(2). */
  getpeername(): Promise<Sockaddr> {
    return this.thread.batch((b) => b.getpeername(this));
  }

  /** setsockopt(2) with an integer as the value. */
  setsockopt(level: number, option: number, value: number): Promise<void> {
    return this.thread.batch((b) => b.setsockopt(this, level, option, value));
  }

  /** getsockopt(2) with an integer as the value. */
  getsockopt(level: number, option: number): Promise<number> {
    return this.thread.batch((b) => b.getsockopt(this, level, option));
  }

  /** shutdown(2). */
  shutdown(how: SHUT): Promise<void> {
    return this.thread.batch((b) => b.shutdown(this, how));
  }

  /** sendmsg(2) with bytes (at least one) and descriptors (SCM_RIGHTS). */
  sendDescriptors(bytes: Uint8Array, fds: FileDescriptor[]): Promise<number> {
    return this.thread.batch((b) => b.sendDescriptors(this, bytes, fds));
  }

  /** recvmsg(2) of bytes and up to `count` descriptors, which are close-on-exec. */
  receiveDescriptors(
    length: number,
    count: number,
    options?: CallOptions,
  ): Promise<{ bytes: Uint8Array; fds: FileDescriptor[] }> {
    return this.thread.batch((b) => b.receiveDescriptors(this, length, count), options);
  }
}
