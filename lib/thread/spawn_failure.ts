/** Why a command could not be spawned, or failed as another user, as far as it can be found out afterwards. */
import { SyscallError } from "../agent/mod.ts";
import { explainDenied, howShutOut, shutsOut } from "./access.ts";
import type { Command } from "./command.ts";
import { explainMissing, placesOf } from "./execute.ts";
import { Path } from "./path.ts";
import type { SyscallThread } from "./runner.ts";
import type { SpawnOptions } from "./spawn.ts";
import type { User } from "./user.ts";

/** The error of a spawn, with what is missing, or shuts its user out; others stay as they are. */
export async function explainSpawn(
  thread: SyscallThread,
  command: Command,
  { cwd }: SpawnOptions,
  user: User | undefined,
  reason: unknown,
): Promise<unknown> {
  const error = await explainMissing(thread, command, reason);
  if (!user || !(error instanceof SyscallError) || error.code !== "EACCES") return error;
  const places = {
    chdir: cwd === undefined ? [] : [cwd],
    execve: placesOf(command, thread.host.serviceEnvironment),
  }[error.syscall];
  return await explainDenied(thread, places ?? [], user, error);
}

/**
 * Why a command of another user may have failed: one of the paths that it was given is where that user
 * cannot get to. Programs say of that what they like, as that there is no such file.
 */
export async function explainEnd(
  thread: SyscallThread,
  command: Command,
  user: User,
): Promise<string | undefined> {
  for (const path of command.arguments.flatMap((argument) => pathIn(`${argument}`))) {
    const found = await shutsOut(thread, `${new Path(thread.host, path).parent}`, user);
    if (found) return `it may not reach ${path}: ${howShutOut(found, user)}`;
  }
  return undefined;
}

/** An absolute path, alone or as in `--config=/etc/app`. */
function pathIn(argument: string): string[] {
  const path = /^(?:[^/=]*=)?(\/.+)$/.exec(argument)?.[1];
  return path === undefined ? [] : [path];
}
