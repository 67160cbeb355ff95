/** Running a command that says whether a service is ready. */
import { SIG } from "../../abi/mod.ts";
import { CommandError, type CommandOutput } from "../../thread/mod.ts";
import type { CommandProbe } from "./readiness.ts";
import { quoted, TryError, type Trying } from "./trying.ts";

/** Whether the command exits with status 0. Nothing of it is left when it has not in time. */
export async function tryCommand({ command }: CommandProbe, trying: Trying): Promise<void> {
  const { thread, service, spawn, ...when } = trying;
  const name = `${service}'s probe`;
  try {
    await thread.run(command, { ...spawn, ...when, name, stop: { signal: SIG.KILL } });
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    const { problem, output } = cause;
    throw new TryError(`${command.name} ${problem}, and wrote ${wrote(output)}`, { cause });
  }
}

function wrote(output: CommandOutput | undefined): string {
  const last = [output?.stderr, output?.stdout].map((text) => text?.trimEnd()).find(Boolean);
  return last ? quoted(last.slice(last.lastIndexOf("\n") + 1)) : "nothing";
}
