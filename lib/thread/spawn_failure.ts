/** Why a command could not be spawned, as far as it can be found out afterwards. */
import { SyscallError } from "../agent/mod.ts";
import { explainDenied } from "./access.ts";
import type { Command } from "./command.ts";
import { explainMissing, placesOf } from "./execute.ts";
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
