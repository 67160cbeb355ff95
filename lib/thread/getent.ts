/** Asking a host's getent(1), which knows users and groups that stand in no file. */
import { SyscallError } from "../agent/mod.ts";
import type { ChildProcess } from "./child_process.ts";
import { Command } from "./command.ts";
import type { SyscallThread } from "./runner.ts";
import type { SpawnOptions } from "./spawn.ts";
import type { Getent } from "./user_database.ts";

/** A thread that starts commands. */
export interface Spawner extends SyscallThread {
  spawn(command: Command, options: SpawnOptions): Promise<ChildProcess>;
}

/** Runs getent(1) by a thread. */
export function getentOn(thread: Spawner): Getent {
  return async (database, key) => {
    const { read, write, reader } = await thread.batch((b) => {
      const { read, write } = b.pipe();
      return { read, write, reader: b.reader(read) };
    });
    using output = reader;
    const command = new Command("getent", [database, key]);
    try {
      await using child = await thread.spawn(command, { name: "getent", fds: { 1: write } });
      await write.close();
      const text = new TextDecoder().decode(await output.readAll());
      return (await child.wait()).isClean ? text : undefined;
    } catch (error) {
      // Not every host has it.
      if (error instanceof SyscallError && error.syscall === "execve") return undefined;
      throw error;
    } finally {
      await Promise.all([read.close(), write.close()]);
    }
  };
}
