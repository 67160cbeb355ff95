/** Scripts of the shell that a test runs on a host. */
import { Command, type RunOptions, type Thread } from "bailiwick";

/** The lines that a script prints. It fails with what the script says on standard error. */
export async function lines(
  thread: Thread,
  script: string,
  options: RunOptions = {},
): Promise<readonly string[]> {
  return (await thread.run(new Command("sh", ["-c", script]), options)).lines;
}
