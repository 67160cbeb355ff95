/** Threads of an agent: processes that run system calls and then usually become a service. */
import type { AgentConnection, ByteReader, ByteWriter } from "../agent/mod.ts";
import { printable } from "../logs/mod.ts";
import { type BatchEncoder, REPLY, Reply } from "../wire/mod.ts";
import type { PathLike } from "./batch_core.ts";
import { ChildProcess } from "./child_process.ts";
import type { Command } from "./command.ts";
import { ThreadEndedError } from "./errors.ts";
import { addExec, type ExecOptions } from "./exec.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import type { HostInfo } from "./host_info.ts";
import { type Path, TemporaryDirectory } from "./path.ts";
import type { Batch } from "./process_calls.ts";
import { readyWhen } from "./ready.ts";
import { ServiceLog } from "./service_log.ts";
import { type CallOptions, SyscallThread } from "./syscall_thread.ts";
import { transfer } from "./transfer.ts";

/** How a service is spawned. */
export interface SpawnOptions extends ExecOptions, CallOptions {
  /** The directory it starts in, made if it is missing; else the thread's own. */
  cwd?: PathLike;
  /** What else the new thread does before it executes, as the last step in the same round trip. */
  prepare?: (batch: Batch) => void;
}

/** What a clone knows of its origin. */
interface Origin {
  readonly parent: Thread;
  readonly tick: number;
}

/** What is answered for a thread that has ended: its number may be another's by now. */
const NO_THREAD = new Reply(Uint8Array.of(0, 0, 0, 0, REPLY.NO_THREAD, 0, 0, 0), 0, []);

/** A process on a host that runs system calls for the program. */
export class Thread extends SyscallThread {
  /** The process. Settles when the clone was made; thread 1's is there from the start. */
  readonly process: ChildProcess;
  readonly #connection: AgentConnection;
  readonly #number: number;
  readonly #origin: Origin | undefined;
  #executed = false;

  /** For the library: a thread that the agent has. */
  constructor(
    host: HostInfo,
    connection: AgentConnection,
    number: number,
    identity: { readonly pid: number; readonly instance: bigint },
    origin?: Origin,
  ) {
    super(host);
    this.#connection = connection;
    this.#number = number;
    this.#origin = origin;
    const process = this.process = new ChildProcess(host, connection, number, identity);
    connection.onChild(number, process);
  }

  override get isUsable(): boolean {
    return !this.#executed && !this.process.status && !this.#connection.lost;
  }

  /**
   * A new thread that begins as a copy of this one: its working directory, descriptors, user,
   * namespaces. `flags` are CLONE_NEW* of clone(2). Disposing it ends it unless it has executed.
   */
  async clone(flags = 0): Promise<Thread> {
    return await this.#clone(flags).made;
  }

  /**
   * A descriptor of the parent, as this clone has it.
   *
   * @throws {TypeError} If the parent's table did not hold it when this thread was cloned.
   */
  inherit(fd: FileDescriptor): FileDescriptor {
    const origin = this.#origin;
    if (!origin || fd.thread !== origin.parent) {
      throw new TypeError(
        `Descriptor ${fd.number} is not of the thread that ${this} was cloned from`,
      );
    }
    if (!fd.wasOpenAt(origin.tick)) {
      throw new TypeError(`Descriptor ${fd.number} was not open when ${this} was cloned`);
    }
    return new FileDescriptor(this, fd.number);
  }

  /**
   * execve(2): the thread becomes a service, in one round trip, and can run no more calls. Its
   * descriptors are exactly those that `options` names; its output is captured line by line.
   *
   * @throws {SyscallError} If it cannot be executed; the thread is still there.
   */
  async exec(command: Command, options: ExecOptions & CallOptions = {}): Promise<ChildProcess> {
    const streams = await this.batch((b) => addExec(b, command, options), options);
    return becomes(this.process, command, options, streams);
  }

  /**
   * Clones a thread and executes a command in it, all in one round trip.
   *
   * @example
   * ```ts
   * import { Command, type Thread } from "bailiwick";
   *
   * async function greet(thread: Thread): Promise<string> {
   *   const child = await thread.spawn(new Command("echo", ["hello"]));
   *   return `${await child.wait()}`;
   * }
   * ```
   *
   * @throws {SyscallError} If any step fails; nothing is left of the clone.
   */
  async spawn(command: Command, options: SpawnOptions = {}): Promise<ChildProcess> {
    const { thread, made } = this.#clone(0);
    const executed = this.batchOn(
      (batch, signal) => this.#connection.call(thread, batch, signal),
      (b) => addSpawn(b, command, options),
      options,
    );
    const [cloned, streams] = await Promise.allSettled([made, executed]);
    if (cloned.status === "rejected") throw cloned.reason;
    const { process } = cloned.value;
    if (streams.status === "fulfilled") return becomes(process, command, options, streams.value);
    await process[Symbol.asyncDispose]();
    throw streams.reason;
  }

  /**
   * A new directory, mode 0700, in a private place of the host. It is removed with all that is in it
   * when it is disposed, when the host is closed, and when the program dies.
   */
  async mkdtemp(prefix = "tmp"): Promise<TemporaryDirectory> {
    const { temporary } = this.host;
    const path = new TemporaryDirectory(this, `${temporary}/${prefix}-${randomName()}`);
    await this.batch((b) => {
      b.mkdir(temporary, 0o700, { existing: "ok" });
      b.mkdir(path, 0o700);
    });
    return path;
  }

  /**
   * A descriptor of this thread for the open file of another thread's, which keeps its own. Both must be
   * on one machine: two threads of a host, or the program's own thread and one of a local host.
   *
   * @throws {TypeError} If they are not.
   */
  async receive(fd: FileDescriptor): Promise<FileDescriptor> {
    this.#checkNear(fd.thread);
    await using directory = await this.mkdtemp("descriptor");
    return await transfer(fd, this, directory);
  }

  /** The other way round: a descriptor of `other`, as the program's own thread, for one of this thread. */
  async give(fd: FileDescriptor, other: SyscallThread): Promise<FileDescriptor> {
    this.#checkNear(other);
    await using directory = await this.mkdtemp("descriptor");
    return await transfer(fd, other, directory);
  }

  /**
   * Bytes from a descriptor that can be polled (a pipe, a socket, a terminal). The agent reads its own
   * copy from now on, so close `fd` unless it is needed otherwise.
   */
  reader(fd: FileDescriptor): Promise<ByteReader> {
    return this.batch((b) => b.reader(fd));
  }

  /** Bytes to a descriptor that can be polled. The agent has its own copy, as with `reader`. */
  writer(fd: FileDescriptor): Promise<ByteWriter> {
    return this.batch((b) => b.writer(fd));
  }

  override openReader(window: number): ByteReader {
    return this.#connection.openReader(window);
  }

  override openWriter(): ByteWriter {
    return this.#connection.openWriter();
  }

  override abandon(stream: ByteReader | ByteWriter): void {
    this.#connection.abandon(stream);
  }

  /** Ends the thread, unless it has become a service. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#executed) await this.process[Symbol.asyncDispose]();
  }

  protected override run(batch: BatchEncoder, signal?: AbortSignal): Promise<Reply> {
    if (this.process.status) return Promise.resolve(NO_THREAD);
    return this.#connection.call(this.#number, batch, signal).then((reply) => {
      if (reply.status === REPLY.EXECUTED) this.#executed = true;
      return reply;
    });
  }

  #checkNear(other: SyscallThread): void {
    if (other.host === this.host || (other.host.local && this.host.local)) return;
    throw new TypeError(`Descriptors cannot go between ${other} and ${this}: use a stream`);
  }

  #clone(flags: number): { thread: number; made: Promise<Thread> } {
    if (this.process.status) throw new ThreadEndedError(this.host.name, "clone a thread", false);
    const origin = { parent: this, tick: this.tick() };
    const instance = crypto.getRandomValues(new BigUint64Array(1))[0]!;
    return this.#connection.clone(
      this.#number,
      flags,
      instance,
      (number, pid) => new Thread(this.host, this.#connection, number, { pid, instance }, origin),
    );
  }
}

function addSpawn(b: Batch, command: Command, options: SpawnOptions) {
  if (options.cwd !== undefined) {
    b.mkdir(options.cwd, 0o777, { existing: "ok" });
    b.chdir(options.cwd);
  }
  options.prepare?.(b);
  return addExec(b, command, options);
}

function becomes(
  process: ChildProcess,
  command: Command,
  options: ExecOptions,
  streams: { log: ByteReader | undefined; ready: ByteReader | undefined },
): ChildProcess {
  const name = printable(options.name ?? command.name);
  const { instance, host: { logDirectory: directory, model } } = process;
  const log = streams.log && ServiceLog.capture(streams.log, { name, instance, directory, model });
  const saysReady = streams.ready !== undefined;
  process.executed({ name, command, log, saysReady });
  if (streams.ready) process.readyWith(readyWhen(process, streams.ready));
  return process;
}

function randomName(): string {
  return crypto.randomUUID().slice(0, 13);
}

/**
 * The thread that made a path, for what is given only the path.
 *
 * @throws {TypeError} If the program's own thread made it, which cannot run programs.
 */
export function threadOf(path: Path): Thread {
  if (path.thread instanceof Thread) return path.thread;
  throw new TypeError(`${path} was made by ${path.thread}; make it with a host's thread`);
}
