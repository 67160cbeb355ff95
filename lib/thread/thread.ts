/** Threads of an agent: processes that run system calls and then usually become a service. */
import { CLONE } from "../abi/mod.ts";
import {
  type AgentConnection,
  type ByteReader,
  type ByteWriter,
  checkUnforeseen,
} from "../agent/mod.ts";
import { printable } from "../logs/mod.ts";
import { type BatchEncoder, REPLY, Reply, type Standing } from "../wire/mod.ts";
import "./descriptor_calls.ts";
import type { CallOptions } from "./call.ts";
import { readlink } from "./calls/unistd_files.ts";
import { removeGroup } from "./cgroup.ts";
import { ChildProcess, type WaitStatus } from "./child_process.ts";
import type { Command } from "./command.ts";
import { CommandThread } from "./command_thread.ts";
import type { Batch } from "./batch.ts";
import { type FileDescriptor, tableOf, wasOpenAt } from "./descriptor.ts";
import type { Streams } from "./encoder.ts";
import { ThreadEndedError } from "./errors.ts";
import { addExec, type ExecOptions, type ExecStreams } from "./exec.ts";
import { explainMissing } from "./execute.ts";
import { getentOn } from "./getent.ts";
import type { HostInfo } from "./host_info.ts";
import { addOwnedDirectory, type OwnedOptions } from "./owned.ts";
import { TemporaryDirectory } from "./path.ts";
import { processStats } from "./process_stats.ts";
import { Ready } from "./ready.ts";
import { redactionOf } from "./redaction.ts";
import type { Resolved } from "./result.ts";
import type { Standard } from "./run_streams.ts";
import { type Run, type SyscallThread, threadOf } from "./runner.ts";
import { ServiceLog } from "./service_log.ts";
import { addSpawn, checkSpawn, settle, type Settled, type SpawnOptions } from "./spawn.ts";
import { explainEnd, explainSpawn } from "./spawn_failure.ts";
import { transfer } from "./transfer.ts";

/** What a clone knows of its origin. */
interface Origin {
  readonly parent: Thread;
  readonly tick: number;
  readonly flags: CLONE;
}

/** What is answered for a thread that has ended: its number may be another's by now. */
const NO_THREAD = new Reply(Uint8Array.of(0, 0, 0, 0, REPLY.NO_THREAD, 0, 0, 0), 0, []);

/** The flags that a clone may have: namespaces of its own. */
const NAMESPACES = CLONE.NEWNS | CLONE.NEWUTS | CLONE.NEWIPC | CLONE.NEWUSER | CLONE.NEWPID |
  CLONE.NEWNET | CLONE.NEWCGROUP;

const PRIVATE = 0o700;
/** Others may pass to what they know the name of. */
const PASSABLE = 0o711;

/** What is written in place of a temporary directory. */
const KEPT = 'const directory = await keep(nursery, thread, "NAME")';

/** What most are spawned with. */
const NOTHING_MORE = (): Standard<undefined> => ({ fds: new Map(), streams: undefined });

/** The standard descriptors, which belong to the process. */
const STANDARD = 3;
/** The least number that the agent gives to its own socket in a thread: SLOT_CONTROL_FD of agent.h. */
const CONTROL = 100;

/** A process on a host that runs system calls for the program. */
export class Thread extends CommandThread {
  /** The process. Settles when the clone was made; thread 1's is there from the start. */
  readonly process: ChildProcess;
  readonly #connection: AgentConnection;
  readonly #number: number;
  readonly #origin: Origin | undefined;
  #executed = false;

  /** @param number A thread that the agent of this connection has. */
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

  /** Whether it was cloned from another, and may have changed since then. */
  get isClone(): boolean {
    return this.#origin !== undefined;
  }

  /**
   * A new thread that begins as a copy of this one: its working directory, descriptors, user,
   * namespaces. Disposing it ends it unless it has executed.
   *
   * @param flags CLONE.NEW* of clone(2).
   * @throws {RangeError} If there are other flags.
   * @throws {TypeError} If this thread is the first of a PID namespace: it can execute, not be cloned.
   */
  async clone(flags: CLONE = 0): Promise<Thread> {
    return await this.#clone(flags).made;
  }

  /**
   * A descriptor of the parent, as this clone has it.
   *
   * @throws {TypeError} If the parent's table did not hold it when this thread was cloned.
   */
  inherit(fd: FileDescriptor): FileDescriptor {
    const origin = this.#origin;
    if (!origin || tableOf(fd) !== origin.parent.table) {
      throw new TypeError(
        `Descriptor ${fd.number} is not of the thread that ${this} was cloned from`,
      );
    }
    if (!wasOpenAt(fd, origin.tick)) {
      throw new TypeError(`Descriptor ${fd.number} was not open when ${this} was cloned`);
    }
    return this.adopt(fd.number);
  }

  /**
   * Descriptors of the process that the program has no handle of: a clone has those that its parent had,
   * and a call that failed half way may have left some. They are the caller's, to close. Nothing else may
   * open descriptors on the thread meanwhile.
   *
   * @throws {SyscallError} If the thread does not see its own /proc.
   */
  async unheld(): Promise<FileDescriptor[]> {
    const numbers = (await this.readDirectory("/proc/self/fd"))
      .map(({ name }) => Number(name))
      .filter((number) => number >= STANDARD && !this.table.isHeld(number));
    const links = await this.batch((b) =>
      numbers.map((number) => b.add(readlink(`/proc/self/fd/${number}`).tried()))
    );
    // The listing's descriptor is closed by now. The agent's own socket stays.
    const control = numbers.find((number, index) =>
      number >= CONTROL && links[index]?.startsWith("socket:")
    );
    return numbers.filter((number, index) => links[index] !== undefined && number !== control)
      .map((number) => this.adopt(number));
  }

  /**
   * execve(2): the thread becomes a service, in one round trip, and can run no more calls. Its
   * descriptors are exactly those that `options` names; its output is captured line by line.
   *
   * @throws {SyscallError} If it cannot be executed; the thread is still there.
   */
  async exec(command: Command, options: ExecOptions & CallOptions = {}): Promise<ChildProcess> {
    const { instance } = this.process;
    try {
      const pid = options.sockets && await this.getpid(options);
      const streams = await this.batch((b) => {
        const environment = b.host.serviceEnvironment;
        return addExec(b, command, options, { instance, pid, environment });
      }, options);
      this.process.measureWith(() => processStats(this.#lasting, this.process.pid));
      return becomes(this.process, command, options, streams);
    } catch (error) {
      throw await explainMissing(this, command, error);
    }
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
   * @throws {UnknownUserError} If the host has no user or group of a name.
   * @throws {LimitError} If the host cannot limit a service's memory, processor time or tasks.
   * @throws {RangeError} If an option is out of its range.
   */
  async spawn(command: Command, options: SpawnOptions = {}): Promise<ChildProcess> {
    return (await this.spawnWith(command, options, NOTHING_MORE)).child;
  }

  /**
   * A new directory, mode 0700, in a private place of the host. It is removed with all that is in it
   * when it is disposed, when the host is closed, and when the program dies. One for another user, or with
   * a mode that lets others pass, can be reached by them: the place that it is in can be passed then, but
   * not listed.
   */
  async mkdtemp(prefix = "tmp", owned: OwnedOptions = {}): Promise<TemporaryDirectory> {
    checkUnforeseen("make a temporary directory", { instead: KEPT });
    const { owner, mode = PRIVATE } = owned;
    const { temporary } = this.host;
    const name = `${temporary}/${prefix}-${randomName()}`;
    const path = new TemporaryDirectory(this.host, name, () => this.#remove(name));
    await this.batch((b) => {
      b.mkdir(temporary, PRIVATE, { existing: "ok" });
      if (owner || mode !== PRIVATE) b.chmod(temporary, PASSABLE);
      b.mkdir(path, PRIVATE);
      if (owner || mode !== PRIVATE) addOwnedDirectory(b, path, { ...owned, mode });
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
    const from = threadOf(tableOf(fd));
    this.#checkNear(from);
    await using directory = await this.mkdtemp("descriptor");
    return await transfer(fd, from, this, directory);
  }

  /** The other way round: a descriptor of `other`, as the program's own thread, for one of this thread. */
  async give(fd: FileDescriptor, other: SyscallThread): Promise<FileDescriptor> {
    this.#checkNear(other);
    await using directory = await this.mkdtemp("descriptor");
    return await transfer(fd, this, other, directory);
  }

  /** Bytes from a descriptor; see `fd.reader()` of {@linkcode FileDescriptor}. */
  reader(fd: FileDescriptor, window?: number): Promise<ByteReader> {
    return fd.reader(window);
  }

  /** Bytes to a descriptor; see `fd.writer()` of {@linkcode FileDescriptor}. */
  writer(fd: FileDescriptor): Promise<ByteWriter> {
    return fd.writer();
  }

  /**
   * exit_group(2): the thread ends with a status from 0 to 255, without having executed anything.
   *
   * @throws {RangeError} If it is no such status.
   * @throws {ThreadEndedError} If the thread had ended, or become a service.
   */
  async exit(status = 0): Promise<WaitStatus> {
    if (!(Number.isInteger(status) && status >= 0 && status <= 255)) {
      throw new RangeError(`A status to exit with is an integer from 0 to 255, not ${status}`);
    }
    const what = `exit with status ${status}`;
    await this.batch((b) => b.call("exit_group", [status], { what })).catch((error) => {
      if (!(error instanceof ThreadEndedError && error.outcomeUnknown)) throw error;
    });
    return await this.process.wait();
  }

  /** Ends the thread, unless it has become a service. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#executed) await this.process[Symbol.asyncDispose]();
  }

  /**
   * For the library: a process that an earlier program has left, by its name in this one; each once. Its log
   * goes on with what is left of its output.
   */
  adoptProcess(standing: Standing, name: string): ChildProcess {
    const { thread, pid, instance } = standing;
    const process = new ChildProcess(this.host, this.#connection, thread, { pid, instance });
    const log = ServiceLog.capture(this.#connection.output(thread), {
      ...{ name, instance, directory: this.host.logDirectory, model: this.host.model },
    });
    process.executed({ name, command: undefined, log, saysReady: false });
    process.measureWith(() => processStats(this.#lasting, pid));
    this.#connection.onChild(thread, process);
    return process;
  }

  protected override async spawnWith<T>(
    command: Command,
    options: SpawnOptions,
    add: (b: Batch) => Standard<T>,
  ): Promise<{ child: ChildProcess; streams: Resolved<T> }> {
    checkSpawn(command, options);
    const instance = newInstance();
    const asked = settle(this, options, instance, getentOn(this));
    const settled = asked instanceof Promise ? await asked : asked;
    const { thread, made } = this.#clone(0, instance);
    const run: Run = (batch, signal) => this.#connection.call(thread, batch, signal);
    const execute = (pid?: number) =>
      this.batchOn(run, (b) => {
        const { fds, streams } = add(b);
        const identity = { instance, pid, made: fds };
        return { ...addSpawn(b, command, options, settled, identity), streams };
      }, options);
    const executed = options.sockets
      ? this.batchOn(run, (b) => b.getpid(), options).then(execute)
      : execute();
    const [cloned, spawned] = await Promise.allSettled([made, executed]);
    if (cloned.status === "rejected") throw cloned.reason;
    const { process } = cloned.value;
    if (settled.group || settled.account) {
      process.cleanWith((status) => this.#leave(status, command, settled));
    }
    if (spawned.status === "fulfilled") {
      const { streams, ...own } = spawned.value;
      process.measureWith(() => processStats(this.#lasting, process.pid));
      return { child: becomes(process, command, options, own), streams };
    }
    await process[Symbol.asyncDispose]();
    await process.cleaned;
    throw await explainSpawn(this, command, options, settled.account?.user, spawned.reason);
  }

  protected override get streams(): Streams {
    return this.#connection;
  }

  protected override send(batch: BatchEncoder, signal?: AbortSignal): Promise<Reply> {
    if (this.process.status) return Promise.resolve(NO_THREAD);
    return this.#connection.call(this.#number, batch, signal).then((reply) => {
      if (reply.status === REPLY.EXECUTED) this.#executed = true;
      return reply;
    });
  }

  /** The first of this thread and those that it descends from that can still run calls. */
  get #lasting(): Thread {
    const ancestor = this.#origin?.parent;
    return this.isUsable || !ancestor ? this : ancestor.#lasting;
  }

  async #remove(path: string): Promise<void> {
    await this.#lasting.removeTree(path);
  }

  /** Removes what was made for a service that has ended; returns why that was, if the host knows. */
  async #leave(
    status: WaitStatus,
    command: Command,
    { account, group }: Settled,
  ): Promise<string | undefined> {
    const isFull = group && await removeGroup(this.#lasting, group.path);
    if (isFull) return "its memory was at its limit, limits.memory";
    const isFailure = status.cause === "itself" && !status.isClean;
    if (!isFailure || !account?.user) return undefined;
    return await explainEnd(this.#lasting, command, account.user);
  }

  #checkNear(other: SyscallThread): void {
    if (other.host === this.host || (other.host.local && this.host.local)) return;
    throw new TypeError(`Descriptors cannot go between ${other} and ${this}: use a stream`);
  }

  #clone(flags: CLONE, instance = newInstance()): { thread: number; made: Promise<Thread> } {
    this.#checkClone(flags);
    const origin = { parent: this, tick: this.table.tick(), flags };
    return this.#connection.clone(
      this.#number,
      flags,
      instance,
      (number, pid) => new Thread(this.host, this.#connection, number, { pid, instance }, origin),
    );
  }

  #checkClone(flags: CLONE): void {
    if (!Number.isInteger(flags) || (flags & ~NAMESPACES) !== 0) {
      throw new RangeError(`A thread is cloned with flags CLONE.NEW* only, not ${flags}`);
    }
    if (this.process.status) throw new ThreadEndedError(this.host.name, "clone a thread", false);
    if (((this.#origin?.flags ?? 0) & CLONE.NEWPID) === 0) return;
    throw new TypeError(
      "A thread that is the first of a PID namespace cannot be cloned: execute a command in it, or make " +
        "the namespace by container(thread), whose own thread can be cloned",
    );
  }
}

function becomes(
  process: ChildProcess,
  command: Command,
  options: ExecOptions,
  streams: ExecStreams,
): ChildProcess {
  const name = printable(options.name ?? command.name);
  const { instance, host: { logDirectory, model } } = process;
  const directory = options.log === "memory" ? undefined : logDirectory;
  const redaction = redactionOf(options.secrets);
  const logged = { name, instance, directory, model, redaction };
  const log = streams.log && ServiceLog.capture(streams.log, logged);
  const saysReady = streams.ready !== undefined;
  process.executed({ name, command, log, saysReady });
  if (streams.ready) {
    process.readyWith(new Ready(process, streams.ready, options.prepares ?? false));
  }
  return process;
}

function newInstance(): bigint {
  return crypto.getRandomValues(new BigUint64Array(1))[0]!;
}

function randomName(): string {
  return crypto.randomUUID().slice(0, 13);
}
