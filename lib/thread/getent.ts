/** Asking a host's getent(1), which knows users and groups that stand in no file. */
import { SyscallError } from "../agent/mod.ts";
import { Command } from "./command.ts";
import type { CommandOutput } from "./command_output.ts";
import type { RunOptions } from "./run.ts";
import type { SyscallThread } from "./runner.ts";
import type { Getent } from "./user_database.ts";

/** A thread that runs commands. */
export interface CommandRunner extends SyscallThread {
  run(command: Command, options: RunOptions): Promise<CommandOutput>;
}

/** Runs getent(1) by a thread. */
export function getentOn(thread: CommandRunner): Getent {
  return async (database, key) => {
    try {
      const command = new Command("getent", [database, key]);
      const { status, stdout } = await thread.run(command, { anyStatus: true });
      return status.isClean ? stdout : undefined;
    } catch (error) {
      // Not every host has it.
      if (error instanceof SyscallError && error.syscall === "execve") return undefined;
      throw error;
    }
  };
}
