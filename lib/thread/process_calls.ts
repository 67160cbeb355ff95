/** Calls on the process itself. */
import { AT, CLOSE_RANGE, type SyscallName } from "../abi/mod.ts";
import { type ByteReader, type ByteWriter, READ_WINDOW } from "../agent/mod.ts";
import { type Argument, PSEUDO, REPLY, type Reply, STREAM } from "../wire/mod.ts";
import { type Fd, nothing, number, type PathLike } from "./batch_core.ts";
import { Result, type Value, valueArgument } from "./result.ts";
import { SocketCalls } from "./socket_calls.ts";

const SIGSET_SIZE = 8;
const SIG_SETMASK = 2;

/** What poll(2) waits for on one descriptor. */
export interface Poll {
  readonly fd: Fd;
  readonly events: number;
}

/** Everything that a batch can hold: one method a system call, as on {@linkcode SyscallThread}. */
export class Batch extends SocketCalls {
  readonly #streams: { index: number; stream: ByteReader | ByteWriter }[] = [];

  getpid(): Result<number> {
    return this.add("getpid", [], "get the process id", number);
  }

  getppid(): Result<number> {
    return this.add("getppid", [], "get the parent's process id", number);
  }

  getuid(): Result<number> {
    return this.add("getuid", [], "get the user id", number);
  }

  getgid(): Result<number> {
    return this.add("getgid", [], "get the group id", number);
  }

  chdir(path: PathLike): Result<void> {
    return this.add("chdir", [this.path(path)], () => `change directory to ${path}`, nothing);
  }

  getcwd(): Result<string> {
    const { ref, output } = this.readBuffer(4096);
    return this.add("getcwd", [ref, 4096], "get the working directory", (_, reply) => {
      const bytes = reply.output(output);
      return new TextDecoder().decode(bytes.subarray(0, bytes.length - 1));
    });
  }

  chroot(path: PathLike): Result<void> {
    return this.add("chroot", [this.path(path)], () => `change root to ${path}`, nothing);
  }

  umask(mask: number): Result<number> {
    return this.add("umask", [mask], "set the umask", number);
  }

  setsid(): Result<number> {
    return this.add("setsid", [], "make a session", number);
  }

  setpgid(pid = 0, group = 0): Result<void> {
    return this.add("setpgid", [pid, group], "set the process group", nothing);
  }

  setuid(uid: number): Result<void> {
    return this.add("setresuid", [uid, uid, uid], `become user ${uid}`, nothing);
  }

  setgid(gid: number): Result<void> {
    return this.add("setresgid", [gid, gid, gid], `become group ${gid}`, nothing);
  }

  setgroups(gids: readonly number[]): Result<void> {
    const ref = this.encoder.room(gids.length * 4);
    const view = this.encoder.blobView();
    gids.forEach((gid, index) => view.setUint32(ref.value + index * 4, gid, true));
    return this.add("setgroups", [gids.length, ref], "set the supplementary groups", nothing);
  }

  unshare(flags: number): Result<void> {
    return this.add("unshare", [flags], "unshare namespaces", nothing);
  }

  setns(fd: Fd, type = 0): Result<void> {
    return this.add("setns", [this.fd(fd), type], "enter a namespace", nothing);
  }

  mount(
    source: string,
    target: PathLike,
    type: string,
    flags = 0,
    data = "",
  ): Result<void> {
    const args = [
      this.cstring(source),
      this.path(target),
      this.cstring(type),
      flags,
      this.cstring(data),
    ];
    return this.add("mount", args, () => `mount ${source || type} on ${target}`, nothing);
  }

  umount(target: PathLike, flags = 0): Result<void> {
    return this.add("umount2", [this.path(target), flags], () => `unmount ${target}`, nothing);
  }

  pivotRoot(root: PathLike, old: PathLike): Result<void> {
    const args = [this.path(root), this.path(old)];
    return this.add("pivot_root", args, () => `make ${root} the root`, nothing);
  }

  sethostname(name: string): Result<void> {
    const args = [this.cstring(name), new TextEncoder().encode(name).length];
    return this.add("sethostname", args, `set the host name ${name}`, nothing);
  }

  prctl(option: number, ...args: Value[]): Result<number> {
    return this.add("prctl", [option, ...args.map(valueArgument)], `prctl ${option}`, number);
  }

  /** prlimit64(2) on the thread itself: soft and hard limit. */
  setrlimit(resource: number, soft: bigint, hard: bigint): Result<void> {
    const ref = this.encoder.room(16);
    const view = this.encoder.blobView();
    view.setBigUint64(ref.value, soft, true);
    view.setBigUint64(ref.value + 8, hard, true);
    return this.add("prlimit64", [0, resource, ref, 0], `set limit ${resource}`, nothing);
  }

  getrlimit(resource: number): Result<{ soft: bigint; hard: bigint }> {
    const { ref, output } = this.outputBuffer(16);
    return this.add("prlimit64", [0, resource, 0, ref], `get limit ${resource}`, (_, reply) => {
      const bytes = reply.output(output);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return { soft: view.getBigUint64(0, true), hard: view.getBigUint64(8, true) };
    });
  }

  /** rt_sigprocmask(2) SIG_SETMASK: blocks exactly these signals. */
  sigmask(blocked: readonly number[]): Result<void> {
    const ref = this.encoder.room(SIGSET_SIZE);
    const mask = blocked.reduce((set, signal) => set | 1n << BigInt(signal - 1), 0n);
    this.encoder.blobView().setBigUint64(ref.value, mask, true);
    const args = [SIG_SETMASK, ref, 0, SIGSET_SIZE];
    return this.add("rt_sigprocmask", args, "set the signal mask", nothing);
  }

  /** ppoll(2): the events of each descriptor; all zero when the time is over. Milliseconds. */
  poll(polls: readonly Poll[], timeout?: number): Result<number[]> {
    const { ref, output } = this.outputBuffer(polls.length * 8);
    const spec = timeout === undefined ? 0 : this.timespec(timeout);
    polls.forEach(({ fd, events }, index) => {
      const at = ref.value + index * 8;
      this.encoder.blobView().setInt16(at + 4, events, true);
      if (fd instanceof Result) this.encoder.patchInt32(this.next, at, fd.argument);
      else this.encoder.blobView().setInt32(at, fd.numberOn(this.thread), true);
    });
    const args = [ref, polls.length, spec, 0, SIGSET_SIZE];
    return this.add("ppoll", args, "poll", (_, reply) => {
      const bytes = reply.output(output);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return polls.map((_, index) => view.getInt16(index * 8 + 6, true));
    });
  }

  /** nanosleep(2). Milliseconds. */
  nanosleep(milliseconds: number): Result<void> {
    return this.add("nanosleep", [this.timespec(milliseconds), 0], "sleep", nothing);
  }

  /**
   * execve(2) of the first of these paths that can be executed; the last one's failure counts. The thread
   * is the program afterwards, so it can only be a batch's last call.
   */
  execve(
    paths: PathLike | readonly PathLike[],
    argv: readonly string[],
    environment: readonly string[],
  ): Result<void> {
    const [last, ...others] = [paths].flat().toReversed();
    const strings = [this.stringArray(argv), this.stringArray(environment)];
    const add = (path: PathLike, proceed: boolean) =>
      this.add("execve", [this.path(path), ...strings], () => `execute ${path}`, nothing, proceed);
    for (const path of others.toReversed()) add(path, true);
    return add(last!, false);
  }

  /** execveat(2) of a descriptor. */
  fexecve(fd: Fd, argv: readonly string[], environment: readonly string[]): Result<void> {
    const strings = [this.stringArray(argv), this.stringArray(environment)];
    const args = [this.fd(fd), this.cstring(""), ...strings, AT.EMPTY_PATH];
    return this.add("execveat", args, () => `execute ${argv[0]}`, nothing);
  }

  /** close_range(2): makes descriptors close-on-exec; a kernel without it (before 5.11) is no error. */
  closeOnExecFrom(first: number): Result<void> {
    const args = [first, 0xffff_ffff, CLOSE_RANGE.CLOEXEC];
    return this.add("close_range", args, "mark descriptors close-on-exec", nothing, true);
  }

  /** Bytes from a descriptor that can be polled; the agent gets a copy of it (PSEUDO_STREAM). */
  reader(fd: Fd, window: number = READ_WINDOW): Result<ByteReader> {
    return this.#stream(fd, this.thread.openReader(window), STREAM.FROM_FD, window);
  }

  /** Bytes to a descriptor that can be polled; the agent gets a copy of it (PSEUDO_STREAM). */
  writer(fd: Fd): Result<ByteWriter> {
    return this.#stream(fd, this.thread.openWriter(), STREAM.TO_FD, 0);
  }

  /** Any system call of the host's architecture. Negative results are errors. */
  syscall(nr: number | SyscallName, ...args: (Argument | Result<number>)[]): Result<number> {
    const real = typeof nr === "number" ? nr : this.thread.host.abi.syscalls[nr];
    const plain = args.map((arg) => arg instanceof Result ? arg.argument : arg);
    return this.addNumbered(real, `${nr}`, plain, `run system call ${nr}`, number);
  }

  /** For the thread: the batch failed, so what it opened is closed; what it did not is forgotten. */
  dropStreams(reply: Reply | undefined): void {
    for (const { index, stream } of this.#streams) {
      const ran = reply && index < reply.done && reply.result(index) >= 0;
      const unknown = reply?.status === REPLY.GONE && index === reply.done;
      if (ran || unknown) stream.close();
      else this.thread.abandon(stream);
    }
  }

  #stream<T extends ByteReader | ByteWriter>(
    fd: Fd,
    stream: T,
    direction: number,
    window: number,
  ): Result<T> {
    this.#streams.push({ index: this.next, stream });
    const args = [this.fd(fd), stream.number, direction, window];
    return this.addNumbered(PSEUDO.STREAM, "sendmsg", args, "open a stream", () => stream);
  }

  /** A `struct timespec`. */
  protected timespec(milliseconds: number): Argument {
    const ref = this.encoder.room(16);
    const view = this.encoder.blobView();
    view.setBigInt64(ref.value, BigInt(Math.floor(milliseconds / 1000)), true);
    view.setBigInt64(ref.value + 8, BigInt(Math.round((milliseconds % 1000) * 1e6)), true);
    return ref;
  }
}
