/** What a thread does by means of other processes: commands, what they know of the host, locks. */
import type { Batch } from "./batch.ts";
import type { ChildProcess } from "./child_process.ts";
import { Command } from "./command.ts";
import type { CommandOutput } from "./command_output.ts";
import {
  type DirectoryLock,
  lockDirectory,
  type LockOptions,
  type LockThread,
} from "./directory_lock.ts";
import { getentOn } from "./getent.ts";
import type { Path, PathLike } from "./path.ts";
import type { Resolved } from "./result.ts";
import { run, type RunOptions, type SpawnWith } from "./run.ts";
import type { Standard } from "./run_streams.ts";
import { SyscallThread } from "./runner.ts";
import type { SpawnOptions } from "./spawn.ts";
import { openUnixAddress, type UnixAddress } from "./unix_address.ts";
import type { User } from "./user.ts";
import { findGroups, findUser } from "./user_database.ts";
import { which } from "./which.ts";
import type { FileOwner, WriteFileOptions } from "./write_file.ts";

/**
 * A thread that others can be made of: what every {@linkcode Thread} does by means of other processes.
 *
 * @example
 * ```ts
 * import { Command, type CommandThread } from "bailiwick";
 *
 * async function javaVersion(thread: CommandThread): Promise<string | undefined> {
 *   const java = await thread.which("java");
 *   return java && (await thread.run(new Command(java, ["-version"]))).stderr;
 * }
 * ```
 */
export abstract class CommandThread extends SyscallThread {
  /** A new thread that begins as a copy of this one. */
  abstract clone(): Promise<LockThread>;

  /** Spawns a command that has what `add` makes in the same batch, too. */
  protected abstract spawnWith<T>(
    command: Command,
    options: SpawnOptions,
    add: (b: Batch) => Standard<T>,
  ): Promise<{ child: ChildProcess; streams: Resolved<T> }>;

  /**
   * Runs a command to its end, started as {@linkcode Thread.spawn} does, and gives what it has written to
   * standard output and standard error, apart. It reads `input`, or nothing. What it leaves running is ended
   * with it.
   *
   * @example
   * ```ts
   * import { Command, type Thread } from "bailiwick";
   *
   * async function names(thread: Thread): Promise<string[]> {
   *   const sql = "select datname from pg_database";
   *   const command = new Command("psql", ["--no-align", "--tuples-only"]);
   *   return (await thread.run(command, { input: sql, user: "postgres", timeout: 5000 })).lines;
   * }
   * ```
   *
   * @param command A name alone is a command without arguments.
   * @throws {CommandError} If it exits with another status than 0 or is killed, unless `anyStatus`; if it takes
   *   longer than `timeout`, or writes more than `limit`: then it is ended first. The message has the end of
   *   what it wrote to standard error.
   * @throws {HostLostError} If the host is lost first.
   * @throws The reason of `signal`, when that is aborted first, and the command has been ended; what `input`
   *   throws; and what {@linkcode Thread.spawn} throws when it cannot be started.
   */
  async run(command: Command | string, options: RunOptions = {}): Promise<CommandOutput> {
    const whole = typeof command === "string" ? new Command(command) : command;
    const spawn: SpawnWith = (spawned, add) => this.spawnWith(whole, spawned, add);
    return await run(spawn, { command: whole, host: this.host.name }, options);
  }

  /**
   * A user of the host, by name or number: from its /etc/passwd and /etc/group, else from its getent(1). One
   * round trip, if the files have it.
   *
   * @example
   * ```ts
   * import { Command, type Nursery, startService, type Thread } from "bailiwick";
   *
   * async function startPostgres(nursery: Nursery, thread: Thread) {
   *   const user = await thread.user("postgres");
   *   const data = thread.path(user.home).join("main");
   *   return await startService(nursery, thread, new Command("postgres", ["-D", data]), { user });
   * }
   * ```
   *
   * @throws {UnknownUserError} If there is none.
   */
  async user(who: string | number): Promise<User> {
    return await findUser(this, who, getentOn(this));
  }

  /**
   * Where a command is, as execvp(3) would find it in the host's PATH; undefined if it is nowhere. One
   * round trip.
   *
   * @example
   * ```ts
   * import { Command, type Thread } from "bailiwick";
   *
   * async function version(thread: Thread): Promise<Command | undefined> {
   *   const java = await thread.which("java");
   *   return java && new Command(java, ["-version"]);
   * }
   * ```
   */
  async which(name: string): Promise<Path | undefined> {
    return await which(this, name);
  }

  /**
   * The address of a Unix socket on this thread, however long its path is: a path of more than 107 bytes
   * goes through its directory, which stays open until what this returns is disposed. The last component
   * has 80 bytes at the most then.
   *
   * @example
   * ```ts
   * import type { Path, Thread } from "bailiwick";
   *
   * async function listen(thread: Thread, path: Path) {
   *   await using socket = await thread.unixAddress(path);
   *   return await thread.listen(socket.address);
   * }
   * ```
   *
   * @throws {RangeError} If the path is not UTF-8, or its last component too long.
   */
  async unixAddress(path: PathLike): Promise<UnixAddress> {
    return await openUnixAddress(this, path);
  }

  /**
   * Locks a directory that is there, flock(2), for what may run only once: until the lock is disposed, or
   * this program or its connection to the host ends, however that is. A process of its own holds it, and
   * nothing is written to the directory. It keeps out those that lock it, too, and nobody else.
   *
   * Services of a program that was killed are killed at that same moment, but may take some milliseconds to
   * be gone when the lock is free.
   *
   * @example
   * ```ts
   * import { type Nursery, startService, Command, type Thread } from "bailiwick";
   *
   * async function runOnce(nursery: Nursery, thread: Thread) {
   *   await using _lock = await thread.lock("/srv/postgres");
   *   const service = await startService(nursery, thread, new Command("postgres"));
   *   await service.ended;
   * }
   * ```
   *
   * @throws {LockedError} If somebody else holds it, unless `wait`; it says who that is, where it is known.
   * @throws {SyscallError} ENOENT, ENOTDIR and EACCES of open(2).
   * @throws The reason of `signal`, when that is aborted first.
   */
  async lock(directory: PathLike, options: LockOptions = {}): Promise<DirectoryLock> {
    return await lockDirectory(await this.clone(), directory, options);
  }

  protected override async fileOwner(
    owner: WriteFileOptions["owner"],
    group: WriteFileOptions["group"],
  ): Promise<FileOwner> {
    const getent = getentOn(this);
    const isName = typeof owner === "string";
    const user = isName ? await findUser(this, owner, getent) : owner;
    const [gid] = typeof group === "string" ? await findGroups(this, [group], getent) : [group];
    return await super.fileOwner(user, gid);
  }
}
