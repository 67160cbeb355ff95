/**
 * Turning a thread into a service: what `exec` and `spawn` add to a batch.
 *
 * Sources are first duplicated above all targets, since the target of one may be the number of
 * another; then everything is made close-on-exec; then each is put in its place without that flag. So
 * a service has its three standard descriptors and those that were named, whatever else is open.
 */
import { F } from "../abi/mod.ts";
import type { Fd } from "./batch_core.ts";
import type { Command } from "./command.ts";
import type { FileDescriptor } from "./file_descriptor.ts";
import type { Batch } from "./process_calls.ts";
import type { Result } from "./result.ts";

/** How a command is executed. */
export interface ExecOptions {
  /** The service's name in logs, tables and failures; else that of the executable. */
  name?: string;
  /**
   * The descriptors that the service gets, by their numbers there. Without 0 it reads /dev/null;
   * without 1 or 2, what it writes there is captured as its log.
   */
  fds?: Readonly<Record<number, FileDescriptor>>;
  /**
   * The number of a descriptor on which the service says that it is ready, by writing a byte; see
   * {@linkcode ChildProcess.ready}.
   */
  ready?: number;
  /** An open executable, to be executed in place of the file that the command names. */
  image?: FileDescriptor;
  /** Whether what it writes to 1 and 2 is captured; else it goes where the thread's goes. */
  log?: boolean;
}

/** Bytes of a ready descriptor that an agent may send; one is enough. */
const READY_WINDOW = 16;

/** Adds all of exec to a batch, and returns the streams that it opens. */
export function addExec(b: Batch, command: Command, options: ExecOptions) {
  const targets = new Map<number, Fd>();
  for (const [target, fd] of Object.entries(options.fds ?? {})) {
    targets.set(checkTarget(Number(target)), fd);
  }
  const log = addLog(b, targets, options);
  const ready = addReady(b, targets, options);
  const above = Math.max(2, ...targets.keys()) + 1;
  const image = options.image && b.dup(options.image, above);
  addTargets(b, targets, above);
  b.sigmask([]);
  addExecve(b, command, image);
  return { log, ready };
}

function addLog(b: Batch, targets: Map<number, Fd>, options: ExecOptions) {
  const captured = [1, 2].filter((target) => !targets.has(target));
  if (options.log === false || captured.length === 0) return undefined;
  const { read, write } = b.pipe();
  for (const target of captured) targets.set(target, write);
  return b.reader(read);
}

function addReady(b: Batch, targets: Map<number, Fd>, options: ExecOptions) {
  if (options.ready === undefined) return undefined;
  const target = checkTarget(options.ready);
  if (targets.has(target)) throw new RangeError(`Descriptor ${target} is named twice`);
  const { read, write } = b.pipe();
  targets.set(target, write);
  return b.reader(read, READY_WINDOW);
}

function addTargets(b: Batch, targets: ReadonlyMap<number, Fd>, above: number): void {
  const moved = new Map<Fd, Result<number>>();
  for (const fd of targets.values()) {
    if (!moved.has(fd)) moved.set(fd, b.fcntl(fd, F.DUPFD_CLOEXEC, above));
  }
  b.closeOnExecFrom(3);
  for (const [target, fd] of targets) {
    b.syscall("dup3", moved.get(fd)!, target, 0);
  }
}

function addExecve(b: Batch, command: Command, image: Fd | undefined): void {
  const { serviceEnvironment: environment } = b.thread.host;
  const argv = [command.executable, ...command.arguments];
  const variables = command.environmentOn(environment);
  if (image) return void b.fexecve(image, argv, variables);
  b.execve(command.candidates({ ...environment, ...command.environment }), argv, variables);
}

function checkTarget(target: number): number {
  if (Number.isInteger(target) && target >= 0 && target < 4096) return target;
  throw new RangeError(`A service's descriptor is a number from 0 to 4095, not ${target}`);
}
