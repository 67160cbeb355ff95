/**
 * What a service is, besides its command, as data: how the process is made that executes it. What has to
 * be asked of the host is settled first; all else goes in one batch with the exec.
 */
import type { S } from "../abi/mod.ts";
import { type Account, type AccountOptions, addAccount, addDirectory } from "./account.ts";
import { environmentOf, findAccount, isOwn } from "./account.ts";
import type { Batch } from "./batch.ts";
import type { Call, CallOptions } from "./call.ts";
import type { Command } from "./command.ts";
import { addExec, type ExecOptions } from "./exec.ts";
import type { PathLike } from "./path.ts";
import type { SyscallThread } from "./runner.ts";
import type { Getent } from "./user_database.ts";

/** How a service is spawned. */
export interface SpawnOptions extends ExecOptions, AccountOptions, CallOptions {
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

/** What a host was asked for a spawn. */
export interface Settled {
  readonly account: Account | undefined;
}

const NOTHING: Settled = { account: undefined };

/** What the options leave to be asked of the host; nothing is asked, and no turn taken, without need. */
export function settle(
  thread: SyscallThread,
  options: SpawnOptions,
  getent: Getent,
): Settled | Promise<Settled> {
  checkSpawn(options);
  if (isOwn(options)) return NOTHING;
  return findAccount(thread, options, getent).then((account) => ({ account }));
}

function checkSpawn({ umask }: SpawnOptions): void {
  if (umask === undefined || (Number.isInteger(umask) && umask >= 0 && umask <= 0o777)) return;
  throw new RangeError(`umask must be from 0 to 0o777, not ${umask}`);
}

/** Adds all of spawn but the clone to a batch, and returns the streams that it opens. */
export function addSpawn(
  b: Batch,
  command: Command,
  options: SpawnOptions,
  { account }: Settled,
  instance: bigint,
) {
  const { cwd, umask, prepare = [] } = options;
  if (cwd !== undefined) addDirectory(b, cwd, account);
  for (const call of prepare) b.add(call);
  const host = b.host.serviceEnvironment;
  return addExec(b, command, options, {
    instance,
    environment: account ? environmentOf(host, account) : host,
    last: () => {
      if (umask !== undefined) b.umask(umask);
      if (account) addAccount(b, cwd, account);
    },
  });
}
