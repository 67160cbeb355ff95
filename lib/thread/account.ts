/**
 * As whom a service runs: its user, its groups, and what follows from them for its environment and the
 * directory that it starts in.
 *
 * Names are looked up on the host before anything is sent for the service itself. The change of user is the
 * last thing before the exec, so that all else is done with the rights of the thread; but the directory is
 * entered again after it, so that one that shuts the user out is an error of the start.
 */
import { AT } from "../abi/mod.ts";
import { PSEUDO } from "../wire/mod.ts";
import type { Batch } from "./batch.ts";
import { chdir } from "./calls/unistd_files.ts";
import type { HostInfo } from "./host_info.ts";
import { type PathLike, shownPath } from "./path.ts";
import type { SyscallThread } from "./runner.ts";
import { User } from "./user.ts";
import { findGroups, findUser, type Getent } from "./user_database.ts";

/** As whom a service runs. */
export interface AccountOptions {
  /**
   * The user, by name, by number, or as {@linkcode CommandThread.user} has found it. The service gets its groups,
   * HOME, USER, LOGNAME and SHELL, and nothing of the XDG_* and TMPDIR of the host's own user. Its `cwd`, if
   * that is made, belongs to it; without one it starts in its home if it can, else in `/`.
   *
   * @default that of the thread
   */
  user?: User | string | number;
  /**
   * The primary group, by name or number.
   *
   * @default that of the user
   */
  group?: string | number;
  /**
   * The supplementary groups, by name or number; none with `[]`.
   *
   * @default those of the user
   */
  groups?: readonly (string | number)[];
}

/** As whom a service runs, in numbers; what is undefined stays as it is. */
export interface Account {
  readonly user: User | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly groups: readonly number[] | undefined;
}

/** Whether the options say nothing of whom a service runs as. */
export function isOwn({ user, group, groups }: AccountOptions): boolean {
  return user === undefined && group === undefined && groups === undefined;
}

/**
 * Looks up what is named.
 *
 * @throws {UnknownUserError} If the host does not have it.
 * @throws {TypeError} If the user is of another host.
 */
export async function findAccount(
  thread: SyscallThread,
  options: AccountOptions,
  getent: Getent,
): Promise<Account> {
  const user = options.user instanceof User || options.user === undefined
    ? options.user
    : await findUser(thread, options.user, getent);
  user?.checkHost(thread.host);
  const { group, groups } = options;
  const [gid] = group === undefined ? [user?.gid] : await findGroups(thread, [group], getent);
  const others = groups && await findGroups(thread, groups, getent);
  // Who is no root can become nobody, so not himself either: setgroups(2) is always refused.
  if (user && isSelf(thread.host, user) && group === undefined && !groups) {
    return { user, uid: undefined, gid: undefined, groups: undefined };
  }
  return { user, uid: user?.uid, gid, groups: others ?? user?.groups };
}

function isSelf(host: HostInfo, { uid, gid }: User): boolean {
  return uid !== 0 && uid === host.uid && gid === host.gid;
}

/** What of the host user's environment means nothing to another user, or would mislead it. */
const OF_HOST_USER = /^(?:XDG_.*|TMPDIR|MAIL)$/;

/** The environment that a service of an account starts from. */
export function environmentOf(
  host: Readonly<Record<string, string>>,
  { user }: Account,
): Readonly<Record<string, string>> {
  if (!user) return host;
  const kept = Object.entries(host).filter(([name]) => !OF_HOST_USER.test(name));
  const { name, home, shell } = user;
  return { ...Object.fromEntries(kept), HOME: home, USER: name, LOGNAME: name, SHELL: shell };
}

/** Makes the directory if it is missing, for the account, and enters it. */
export function addDirectory(b: Batch, cwd: PathLike, account: Account | undefined): void {
  const path = b.path(cwd);
  const made = b.call(PSEUDO.ENSURE_DIRECTORY, [AT.FDCWD, path, 0o777], {
    name: "mkdirat",
    what: () => `make directory ${shownPath(cwd)}`,
  });
  if (account?.uid !== undefined || account?.gid !== undefined) {
    // What it returned is the flags: 0 if it has made the directory. 1, if that was there, the kernel refuses.
    b.call("fchownat", [AT.FDCWD, path, account.uid ?? -1, account.gid ?? -1, made], {
      what: () => `give ${shownPath(cwd)} to ${account.user ?? account.uid}`,
      mayFail: true,
    });
  }
  b.chdir(cwd);
}

/** Becomes the account; then enters again, as it, where it starts. */
export function addAccount(b: Batch, cwd: PathLike | undefined, account: Account): void {
  const { user, uid, gid, groups } = account;
  if (groups) b.setgroups(groups);
  if (gid !== undefined) b.setgid(gid);
  if (uid !== undefined) b.setuid(uid);
  if (cwd !== undefined) return void b.chdir(shownPath(cwd).startsWith("/") ? cwd : ".");
  if (!user) return;
  b.chdir("/");
  b.add(chdir(user.home).tried());
}
