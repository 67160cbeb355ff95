/**
 * Turning a thread into a service: what `exec` adds to a batch, and `spawn` in the end.
 *
 * Sources are first duplicated above all targets, since the target of one may be the number of
 * another; then everything is made close-on-exec; then each is put in its place without that flag. So
 * a service has its three standard descriptors and those that were named, whatever else is open. It
 * leads a session of its own, so that all that it starts can be found and signalled.
 */
import { READY } from "../inside/variables.ts";
import { F } from "../abi/mod.ts";
import type { ByteReader } from "../agent/mod.ts";
import type { Batch } from "./batch.ts";
import { closeOnExecFrom } from "./calls/unistd.ts";
import { setsid } from "./calls/unistd_process.ts";
import { checkCommand, type Command, type Environment } from "./command.ts";
import type { FileDescriptor } from "./descriptor.ts";
import type { Fd } from "./encoder.ts";
import { execute } from "./execute.ts";
import { kindOf } from "./kind.ts";
import type { Result } from "./result.ts";
import { addSockets, type Sockets } from "./sockets.ts";
import { addSecrets, type SecretOwner, type Secrets } from "./secrets.ts";

/** The variable that names a process's instance in its environment, in 16 hexadecimal digits. */
export const INSTANCE = "BAILIWICK_INSTANCE";

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
   * {@linkcode ChildProcess.ready}. It is in its environment, too, as `BAILIWICK_READY`.
   */
  ready?: number;
  /**
   * Whether it says first, by the byte `p` there, that it is prepared: it has loaded all that it can, and
   * waits for what its predecessor holds. The byte after that says that it is ready.
   *
   * @default false
   */
  prepares?: boolean;
  /** An open executable, to be executed in place of the file that the command names. */
  image?: FileDescriptor;
  /**
   * Whether what it writes to 1 and 2 is captured: its last lines, and all of it in a file if the host has a
   * log directory; with "memory" without a file. If not, it goes where the thread's goes.
   *
   * @default true
   */
  log?: boolean | "memory";
  /** Variables beside those of the command, and before them; undefined removes one. */
  environment?: Environment;
  /**
   * Whether it has the host's environment for services, too; else it has only what the command,
   * `environment` and `user` say. A name is looked up in the host's PATH either way, unless they have one.
   *
   * @default true
   */
  inheritEnvironment?: boolean;
  /**
   * The sockets that it is activated with, sd_listen_fds(3): descriptors 3 and up, of which LISTEN_FDS,
   * LISTEN_FDNAMES and LISTEN_PID tell it. Those who can be connected to listen before it is there, so that
   * none is refused.
   *
   * @example
   * ```ts
   * import { Command, type Nursery, sdNotify, SockaddrIn, startService, type Thread } from "bailiwick";
   *
   * async function startGunicorn(nursery: Nursery, thread: Thread) {
   *   await using http = await thread.listen(new SockaddrIn("127.0.0.1", 8000));
   *   const gunicorn = new Command("gunicorn", ["app:app"]);
   *   return await startService(nursery, thread, gunicorn, { sockets: { http }, ready: sdNotify() });
   * }
   * ```
   */
  sockets?: Sockets;
  /**
   * What it is to know and nobody else: each by the name of a variable, which gets the path of a file that
   * holds the value, or by the number of a descriptor that the value is read from. A service with secrets
   * leaves no core.
   *
   * @example
   * ```ts
   * import { Command, type Nursery, Secret, startService, type Thread } from "bailiwick";
   *
   * async function startApp(nursery: Nursery, thread: Thread) {
   *   const secrets = { DB_PASSWORD_FILE: Secret.fromEnvironment("DB_PASSWORD") };
   *   return await startService(nursery, thread, new Command("appd"), { secrets });
   * }
   * ```
   */
  secrets?: Secrets;
}

/** The streams of a service that is executed. */
export interface ExecStreams {
  readonly log: ByteReader | undefined;
  readonly ready: ByteReader | undefined;
}

/**
 * Bytes of output that an agent may send ahead. More is of no use to a log, and with many services it would
 * be most of what the program holds.
 */
const LOG_WINDOW = 128 * 1024;
/** Bytes of a ready descriptor that an agent may send; one is enough. */
const READY_WINDOW = 16;
const MOST_TARGET = 4095;

/** What the executing process has besides its options. */
export interface Executing {
  readonly instance: bigint;
  /** Its number as it sees it itself; needed for sockets only. */
  readonly pid?: number | undefined;
  /** Whom its secrets belong to, if not to the user that it is when it gets them. */
  readonly owner?: SecretOwner | undefined;
  /** Descriptors that were made for it in the same batch. */
  readonly made?: ReadonlyMap<number, Fd> | undefined;
  /** What it inherits. */
  readonly environment: Readonly<Record<string, string>>;
  /** Adds what is done when all descriptors are in their places. */
  readonly last?: () => void;
}

const EMPTY: Readonly<Record<string, string>> = {};

/** Adds all of exec to a batch, and returns the streams that it opens. */
export function addExec(b: Batch, command: Command, options: ExecOptions, executing: Executing) {
  checkCommand(command);
  const targets = new Map<number, Fd>();
  for (const [target, fd] of Object.entries(options.fds ?? {})) {
    if (!fd) throw new TypeError(`Descriptor ${target} of ${command.name} is ${fd}`);
    targets.set(checkTarget(Number(target)), fd);
  }
  for (const [target, fd] of executing.made ?? []) addTarget(targets, target, fd);
  const sockets = addSockets(options.sockets, executing.pid, (target, fd) => {
    addTarget(targets, target, fd);
  });
  const log = addLog(b, targets, options);
  const ready = addReady(b, targets, options);
  const secrets = options.secrets && addSecrets(b, options.secrets, executing.owner, {
    isFree: (number) => !targets.has(number),
    give: (number, file) => addTarget(targets, number, file),
  });
  const above = Math.max(2, ...targets.keys()) + 1;
  const image = options.image && b.dup(options.image, above);
  addTargets(b, targets, above);
  b.sigmask([]);
  b.add(setsid().tried());
  executing.last?.();
  const { environment, inheritEnvironment = true } = options;
  const isChanged = environment || options.sockets || secrets;
  const changed = isChanged ? command.env({ ...environment, ...sockets, ...secrets }) : command;
  const variables = [
    ...changed.environmentOn(inheritEnvironment ? executing.environment : EMPTY),
    `${INSTANCE}=${executing.instance.toString(16).padStart(16, "0")}`,
    ...(options.ready === undefined ? [] : [`${READY}=${options.ready}`]),
  ];
  if (image) b.fexecve(image, changed.argv, variables);
  else b.add(execute(changed, variables));
  return { log, ready };
}

function addLog(b: Batch, targets: Map<number, Fd>, options: ExecOptions) {
  const captured = [1, 2].filter((target) => !targets.has(target));
  if (options.log === false || captured.length === 0) return undefined;
  const { read, write } = b.pipe();
  for (const target of captured) targets.set(target, write);
  return b.reader(read, LOG_WINDOW);
}

function addReady(b: Batch, targets: Map<number, Fd>, options: ExecOptions) {
  if (options.ready === undefined) return undefined;
  const { read, write } = b.pipe();
  addTarget(targets, checkReady(options.ready), write);
  return b.reader(read, READY_WINDOW);
}

function addTarget(targets: Map<number, Fd>, target: number, fd: Fd): void {
  if (targets.has(checkTarget(target))) {
    throw new RangeError(`Descriptor ${target} is named twice`);
  }
  targets.set(target, fd);
}

function addTargets(b: Batch, targets: ReadonlyMap<number, Fd>, above: number): void {
  const moved = new Map<Fd, Result<number>>();
  for (const fd of targets.values()) {
    if (!moved.has(fd)) moved.set(fd, b.fcntl(fd, F.DUPFD_CLOEXEC, above));
  }
  // A kernel without it (before 5.11) has closed all that was opened by close-on-exec anyway.
  b.add(closeOnExecFrom(3).tried());
  for (const [target, fd] of targets) {
    b.call("dup3", [moved.get(fd)!, target, 0], {
      what: () => `give ${b.label(fd)} as descriptor ${target}`,
      // The process's own three are not closed when the batch fails.
      ...(target > 2 && { opens: "result" as const }),
    });
  }
}

/** @throws {RangeError} If it is no descriptor that can be the service's own. */
export function checkReady(target: number): number {
  if (checkTarget(target) > 2) return target;
  throw new RangeError(
    `ready is a descriptor of its own by which a service says that it is ready, from 3 to ` +
      `${MOST_TARGET}, not ${target}, which is one of its three standard streams`,
  );
}

function checkTarget(target: number): number {
  if (Number.isInteger(target) && target >= 0 && target <= MOST_TARGET) return target;
  throw new RangeError(
    `A service's descriptor is a number from 0 to ${MOST_TARGET}, not ${kindOf(target)}`,
  );
}
