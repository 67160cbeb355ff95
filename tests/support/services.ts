/** Services for tests. */
import { Command, type Nursery, type Service, startService, type Thread } from "bailiwick";

export const READY = 3;

/** A shell that says that it is ready, then does as it is told. */
export function sh(script: string): Command {
  return new Command("sh", ["-c", `echo >&3; exec 3>&-; ${script}`]);
}

export const FOREVER = "exec sleep infinity";

/** A service that runs until it is stopped; with another `mark` it is started from something else. */
export function startSleeper(
  nursery: Nursery,
  thread: Thread,
  name: string,
  { mark = "", uses = [] }: { mark?: string; uses?: readonly unknown[] } = {},
): Promise<Service> {
  return start(nursery, thread, name, sh(`: ${mark}; ${FOREVER}`), uses);
}

export async function start(
  nursery: Nursery,
  thread: Thread,
  name: string,
  script: string | Command = FOREVER,
  uses?: readonly unknown[],
): Promise<Service> {
  const options = { name, ready: READY, ...(uses && { uses }) };
  return await startService(
    nursery,
    thread,
    typeof script === "string" ? sh(script) : script,
    options,
  );
}
