/** How this program was started, so that it can be started again. */
import { executablePath } from "../../assets/mod.ts";
import { readProc } from "../../tools/processes.ts";

/** What runs this program, without the words of its command line. */
export function ownCommand(): [string, ...string[]] {
  const executable = executablePath();
  if (executable !== undefined) return [executable];
  const line = readProc(Deno.pid, "cmdline")!.split("\0").slice(0, -1);
  const [, ...words] = line.slice(0, line.length - Deno.args.length);
  return [Deno.execPath(), ...words];
}
