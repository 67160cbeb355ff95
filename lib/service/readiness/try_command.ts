/** Running a command that says whether a service is ready. */
import { SIG } from "../../abi/mod.ts";
import { CommandError } from "../../thread/mod.ts";
import type { CommandProbe } from "./readiness.ts";
import { quoted, TryError, type Trying } from "./trying.ts";

/** Whether the command exits with status 0. Nothing of it is left when it has not in time. */
export async function tryCommand({ command }: CommandProbe, trying: Trying): Promise<void> {
  const { thread, service, spawn, redaction, ...when } = trying;
  const name = `${service}'s probe`;
  try {
    await thread.run(command, { ...spawn, ...when, name, stop: { signal: SIG.KILL } });
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    const { problem, lastLines } = cause;
    const last = lastLines.at(-1);
    const wrote = last === undefined
      ? "nothing"
      : quoted(new TextEncoder().encode(last), redaction);
    throw new TryError(`${command.name} ${problem}, and wrote ${wrote}`, { cause });
  }
}
