/** Running a command that says whether a service is ready. */
import { SIG } from "../../abi/mod.ts";
import { abortable, within } from "../../clock/mod.ts";
import type { CommandProbe } from "./readiness.ts";
import { inSeconds, quoted, TryError, type Trying } from "./trying.ts";

/** Whether the command exits with status 0. Nothing of it is left when it has not in time. */
export async function tryCommand({ command }: CommandProbe, trying: Trying): Promise<void> {
  const { thread, clock, timeout, service, spawn, signal } = trying;
  const name = `${service}'s probe`;
  const child = await thread.spawn(command, { ...spawn, name, log: "memory", signal });
  try {
    const inTime = await within(clock, timeout, abortable(child.wait(), signal));
    if (child.status?.isClean) return;
    const how = inTime ? `${child.status}` : `did not end within ${inSeconds(timeout)}`;
    throw new TryError(`${command.name} ${how}, and wrote ${wrote(child.log?.tail ?? [])}`);
  } finally {
    if (!child.status && !child.host.lost) await child.terminate({ signal: SIG.KILL });
  }
}

function wrote(lines: readonly string[]): string {
  const last = lines.at(-1);
  return last === undefined ? "nothing" : quoted(last);
}
