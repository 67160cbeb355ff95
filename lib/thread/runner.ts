/**
 * A process that runs system calls: what an agent's threads and the program's own process share.
 *
 * Outside a batch every method is one round trip. All of them throw {@linkcode SyscallError} when the
 * kernel refuses, {@linkcode ThreadEndedError} when the thread is gone, and, for a thread of an agent,
 * {@linkcode HostLostError} or {@linkcode UnknownOutcomeError} when its host is. A caller's mistake is a
 * RangeError or a TypeError, before anything is sent.
 */
import { O, type Sockaddr } from "../abi/mod.ts";
import { Foresight } from "../agent/mod.ts";
import type { BatchEncoder, Reply } from "../wire/mod.ts";
import { type Batch, begin, encodedOf, fail, finish, whatOf } from "./batch.ts";
import type { Call, CallOptions, ThreadMethods } from "./call.ts";
import { readFull } from "./calls/agent.ts";
import { content as contentBytes } from "./calls/arguments.ts";
import { getdents } from "./calls/dirent.ts";
import { syscall } from "./calls/syscall.ts";
import { FileDescriptor } from "./descriptor.ts";
import type { Streams } from "./encoder.ts";
import type { HostInfo } from "./host_info.ts";
import type { DirectoryEntry } from "./metadata.ts";
import { type Calls, install, ON_NONE, running } from "./methods.ts";
import type { Name } from "./names.ts";
import { addListener, addOwnedDirectory, type OwnedOptions } from "./owned.ts";
import { Path, type PathLike } from "./path.ts";
import { checkReading, noteOpened } from "./reading.ts";
import type { Resolved } from "./result.ts";
import { DescriptorTable } from "./table.ts";
import { User } from "./user.ts";
import { type FileOwner, writeFile, type WriteFileOptions } from "./write_file.ts";

const EINTR = 4;

/** The table of a thread. */
class ThreadTable extends DescriptorTable {
  readonly thread: SyscallThread;

  constructor(thread: SyscallThread) {
    super();
    this.thread = thread;
  }

  override get host(): HostInfo {
    return this.thread.host;
  }

  override get isUsable(): boolean {
    return this.thread.isUsable;
  }

  override async close(number: number): Promise<void> {
    await this.thread.call(syscall("close", number));
  }

  override toString(): string {
    return `${this.thread}`;
  }
}

/** How one batch is sent. */
export type Run = (batch: BatchEncoder, signal?: AbortSignal) => Promise<Reply>;

/** Runs system calls: a method for each that is not on a descriptor. */
export abstract class SyscallThread {
  readonly host: HostInfo;
  protected readonly table: DescriptorTable;

  constructor(host: HostInfo) {
    this.host = host;
    this.table = new ThreadTable(this);
  }

  /** Whether the thread can still run calls. */
  abstract get isUsable(): boolean;

  /** Sends an encoded batch. */
  protected abstract send(batch: BatchEncoder, signal?: AbortSignal): Promise<Reply>;

  /** How streams to its host are opened. */
  protected abstract get streams(): Streams;

  /** Runs one call; see {@linkcode defineCall}. */
  call<F>(call: Call<F>, options: CallOptions = {}): Promise<Resolved<F>> {
    return this.batch((b) => b.add(call), options);
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
    return this.batchOn((batch, signal) => this.send(batch, signal), build, options);
  }

  /** Builds a batch for this thread's table and has `run` send it. */
  protected async batchOn<T>(
    run: Run,
    build: (batch: Batch) => T,
    { signal }: CallOptions,
  ): Promise<Resolved<T>> {
    const foresight = Foresight.current;
    const batch = begin(this.table, this.streams);
    let reply: Reply | undefined;
    try {
      const value = build(batch);
      const encoded = encodedOf(batch);
      const reading = foresight && checkReading(
        ...[foresight, this.table, encoded, (index: number) => whatOf(batch, index)] as const,
      );
      reply = await run(encoded, signal);
      if (signal?.aborted && wasInterrupted(reply)) throw signal.reason;
      const resolved = finish(batch, value, reply);
      if (reading) noteOpened(foresight, this.table, reading, reply);
      return resolved;
    } catch (error) {
      await fail(batch, reply, error);
      throw error;
    }
  }

  /** A path on the thread's host. */
  path(name: Name): Path {
    return new Path(this.host, name);
  }

  /**
   * Takes over a descriptor by its number, such as one that a call of one's own has opened.
   *
   * @param number An open descriptor of this thread; owned by what this returns.
   */
  adopt(number: number): FileDescriptor {
    return new FileDescriptor(this.table, number);
  }

  /** The entries of a directory, without "." and "..". */
  async readDirectory(path: PathLike, options: CallOptions = {}): Promise<DirectoryEntry[]> {
    await using fd = await this.open(path, O.RDONLY | O.DIRECTORY, 0, options);
    const entries: DirectoryEntry[] = [];
    const some = () => this.call(getdents(fd), options);
    for (let read; (read = await some()).length > 0;) entries.push(...read);
    return entries;
  }

  /**
   * A whole file. One round trip if it has less than 1 MiB and the link is not slow.
   *
   * @throws What `signal` was aborted with, also when a part of the file was read.
   */
  async readFile(path: PathLike, options: CallOptions = {}): Promise<Uint8Array> {
    let { piece } = this.host;
    const { fd, first } = await this.batch((b) => {
      const fd = b.open(path, O.RDONLY);
      return { fd, first: b.readFull(fd, piece) };
    }, options);
    await using _closed = fd;
    const parts = [first];
    options.signal?.throwIfAborted();
    while (parts.at(-1)!.length === piece) {
      ({ piece } = this.host);
      parts.push(await this.call(readFull(fd, piece), options));
      options.signal?.throwIfAborted();
    }
    return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
  }

  /** A whole file as UTF-8 text. */
  async readTextFile(path: PathLike, options?: CallOptions): Promise<string> {
    return new TextDecoder().decode(await this.readFile(path, options));
  }

  /**
   * Creates a file, or replaces what is in it. One round trip if it has less than 1 MiB and the link is not
   * slow.
   *
   * @example
   * ```ts
   * import type { Thread } from "bailiwick";
   *
   * async function configure(thread: Thread, config: string): Promise<void> {
   *   const how = { owner: "postgres", mode: 0o600, atomic: true };
   *   await thread.writeFile("/etc/postgresql/15/main/pg_hba.conf", config, how);
   * }
   * ```
   *
   * @throws {UnknownUserError} If the host has no user or group of a name.
   * @throws {SyscallError} If it cannot be written; one that is `atomic` is as it was then.
   */
  async writeFile(
    path: PathLike,
    content: Uint8Array | string,
    options: WriteFileOptions = {},
  ): Promise<void> {
    const { owner, group } = options;
    const isGiven = owner !== undefined || group !== undefined;
    const given = isGiven ? await this.fileOwner(owner, group) : undefined;
    await writeFile(this, { path, bytes: contentBytes(content), owner: given, options });
  }

  /** The numbers of a user and a group; their names are known to threads of an agent. */
  protected fileOwner(
    owner: WriteFileOptions["owner"],
    group: WriteFileOptions["group"],
  ): Promise<FileOwner> {
    if (owner instanceof User) owner.checkHost(this.host);
    const [uid, gid] = owner instanceof User ? [owner.uid, group ?? owner.gid] : [owner, group];
    const [first = -1, second = -1] = [uid, gid];
    if (typeof first === "number" && typeof second === "number") {
      return Promise.resolve({ uid: first, gid: second });
    }
    return Promise.reject(
      new TypeError(`${this} does not look up names: give the owner and the group as numbers`),
    );
  }

  /**
   * A stream socket that is bound and listens: socket(2), SO_REUSEADDR unless it is a Unix socket, bind(2)
   * and listen(2), in one round trip. So a program that is started again has its address at once.
   *
   * @param owned Whose file a Unix socket is, and who may connect to it.
   * @throws {TypeError} If `owned` is given for a socket that is no file.
   */
  async listen(
    address: Sockaddr,
    backlog = 1024,
    owned: OwnedOptions = {},
  ): Promise<FileDescriptor> {
    return await this.batch((b) => addListener(b, address, backlog, owned));
  }

  /**
   * Makes a directory, unless it is there; it has this owner and mode then, whatever it had before, and all
   * that is in it stays as it is. One round trip.
   *
   * @example
   * ```ts
   * import type { Thread } from "bailiwick";
   *
   * async function dataOf(thread: Thread) {
   *   const owner = await thread.user("postgres");
   *   return await thread.makeDirectory("/srv/postgres", { owner, mode: 0o700 });
   * }
   * ```
   *
   * @throws {SyscallError} ENOTDIR or ELOOP if something else is there.
   */
  async makeDirectory(path: PathLike, owned: OwnedOptions = {}): Promise<Path> {
    await this.batch((b) => addOwnedDirectory(b, path, owned));
    return path instanceof Path ? path : this.path(path);
  }

  toString(): string {
    return `a thread on host ${this.host.name}`;
  }
}

/** Calls as methods; see {@linkcode SyscallThread}. */
export interface SyscallThread extends ThreadMethods<Calls> {}

install(
  SyscallThread,
  ON_NONE,
  (call) => running(call.takes, (thread, args, options) => thread.call(call(...args), options)),
);

/** The thread whose table holds a descriptor. */
export function threadOf(table: DescriptorTable): SyscallThread {
  table.checkUse();
  if (table instanceof ThreadTable) return table.thread;
  throw new TypeError(`${table} is not the table of a thread`);
}

function wasInterrupted(reply: Reply): boolean {
  return reply.done > 0 && reply.result(reply.done - 1) === -EINTR;
}
