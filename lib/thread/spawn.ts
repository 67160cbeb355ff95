/**
 * What a service is, besides its command, as data: how the process is made that executes it. What has to
 * be asked of the host is settled first; all else goes in one batch with the exec.
 */
import type { S } from "../abi/mod.ts";
import { type Account, type AccountOptions, addAccount, addDirectory } from "./account.ts";
import { environmentOf, findAccount, isOwn } from "./account.ts";
import type { Batch } from "./batch.ts";
import { type Call, type CallOptions, checkCall } from "./call.ts";
import { addGroup, groupPath, groupsParent } from "./cgroup.ts";
import { checkCommand, type Command } from "./command.ts";
import { addExec, checkReady, type ExecOptions, type Executing } from "./exec.ts";
import {
  addProcessLimits,
  type GroupLimits,
  groupLimits,
  type Limits,
  type ProcessLimits,
  processLimits,
} from "./limits.ts";
import type { PathLike } from "./path.ts";
import { addPriority, checkPriority, type PriorityOptions } from "./priority.ts";
import type { SyscallThread } from "./runner.ts";
import type { SecretOwner } from "./secrets.ts";
import type { Getent } from "./user_database.ts";

/** How a service is spawned. */
export interface SpawnOptions extends ExecOptions, AccountOptions, PriorityOptions, CallOptions {
  /**
   * The directory it starts in, made if it is missing.
   *
   * @default the thread's own; that of a `user` is its home
   */
  cwd?: PathLike;
  /**
   * The permissions that files it makes do not get, umask(2).
   *
   * @default that of the thread
   */
  umask?: S;
  /**
   * What it may use.
   *
   * @example
   * ```ts
   * import { Command, type Thread } from "bailiwick";
   *
   * async function start(thread: Thread) {
   *   const limits = { memory: "512M", cpu: 0.5, tasks: 200, nofile: 4096 } as const;
   *   return await thread.spawn(new Command("redis-server"), { limits, nice: 5 });
   * }
   * ```
   */
  limits?: Limits;
  /**
   * What else the new thread does before it executes, in the same round trip, as the thread's own user.
   *
   * @example
   * ```ts
   * import { calls, Command, type Thread } from "bailiwick";
   *
   * async function start(thread: Thread) {
   *   const prepare = [calls.sethostname("cache")];
   *   return await thread.spawn(new Command("redis-server"), { prepare });
   * }
   * ```
   */
  prepare?: readonly Call<unknown>[];
}

/** A spawn whose options are checked, and for which the host was asked what it has to be. */
export interface Settled {
  readonly account: Account | undefined;
  readonly processLimits: readonly ProcessLimits[];
  readonly group: { readonly limits: GroupLimits; readonly path: string } | undefined;
}

/**
 * Checks the options, and asks the host for what they leave open; without need of that no turn is taken.
 *
 * @throws {RangeError} If an option is out of its range.
 */
export function settle(
  thread: SyscallThread,
  options: SpawnOptions,
  instance: bigint,
  getent: Getent,
): Settled | Promise<Settled> {
  const { umask, limits } = options;
  if (umask !== undefined && !(Number.isInteger(umask) && umask >= 0 && umask <= 0o777)) {
    throw new RangeError(`umask must be from 0 to 0o777, not ${umask}`);
  }
  checkPriority(options);
  const own = { account: undefined, group: undefined, processLimits: limitsOf(options) };
  const together = limits && groupLimits(limits);
  if (isOwn(options) && !together) return own;
  return ask(thread, options, instance, getent, together).then((asked) => ({ ...own, ...asked }));
}

async function ask(
  thread: SyscallThread,
  options: SpawnOptions,
  instance: bigint,
  getent: Getent,
  limits: GroupLimits | undefined,
): Promise<Pick<Settled, "account" | "group">> {
  const [account, parent] = await Promise.all([
    isOwn(options) ? undefined : findAccount(thread, options, getent),
    limits && groupsParent(thread, limits),
  ]);
  const group = limits && { limits, path: groupPath(thread.host, parent!, instance) };
  return { account, group };
}

/**
 * Finds what makes no sense before there is a process.
 *
 * @throws {TypeError} If the command is none, or an item of `prepare` is no call.
 * @throws {RangeError} If `ready` is no descriptor that can be the service's own.
 */
export function checkSpawn(command: Command, { prepare = [], ready }: SpawnOptions): void {
  checkCommand(command);
  if (ready !== undefined) checkReady(ready);
  prepare.forEach((call, index) => checkCall(call, `Item ${index + 1} of prepare`));
}

/** Adds all of spawn but the clone to a batch, and returns the streams that it opens. */
export function addSpawn(
  b: Batch,
  command: Command,
  options: SpawnOptions,
  settled: Settled,
  identity: Pick<Executing, "instance" | "pid" | "made">,
) {
  const { cwd, umask, prepare = [] } = options;
  const { account, group } = settled;
  if (cwd !== undefined) addDirectory(b, cwd, account);
  for (const call of prepare) b.add(call);
  const host = b.host.serviceEnvironment;
  return addExec(b, command, options, {
    ...identity,
    environment: account ? environmentOf(host, account) : host,
    owner: ownerOf(account),
    last: () => {
      if (umask !== undefined) b.umask(umask);
      addPriority(b, options);
      if (group) addGroup(b, group.path, group.limits);
      addProcessLimits(b, settled.processLimits);
      if (account) addAccount(b, cwd, account);
    },
  });
}

const NONE: readonly ProcessLimits[] = [];

/** The limits of each process; a service with secrets has one for its core already. */
function limitsOf({ limits, secrets }: SpawnOptions): readonly ProcessLimits[] {
  const all = limits ? processLimits(limits) : NONE;
  if (!secrets) return all;
  const [core] = all.filter(({ name }) => name === "core");
  if (core && core.hard > 0n) {
    throw new RangeError(
      "limits.core must be 0, or left out, for a service with secrets: they would be in its core",
    );
  }
  return all.filter((limit) => limit !== core);
}

function ownerOf(account: Account | undefined): SecretOwner | undefined {
  const { uid, gid } = account ?? {};
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}
