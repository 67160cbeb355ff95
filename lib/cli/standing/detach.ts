/** `up --detach`: the program in the background, in a session of its own, with a log of its own. */
import type { Terminal } from "../../tools/mod.ts";
import { UsageError } from "../usage_error.ts";
import { ownCommand } from "./own_command.ts";
import { runningProgram } from "./program.ts";
import type { SystemState } from "./state.ts";

const FLAG = "--detach";
const LOG = "program.log";
/** The log is there already, and the user's alone. */
const RUN = 'log=$1; shift; exec "$@" </dev/null >>"$log" 2>&1';

/**
 * Starts this program in the background, and waits until all is ready, or until it has ended; that is shown.
 *
 * @returns Its exit status if it ended, which then is this program's; else 0.
 * @throws {UsageError} If the words are not the program's own.
 */
export async function detach(state: SystemState, terminal: Terminal): Promise<number> {
  if (!Deno.args.includes(FLAG)) throw new UsageError(`${FLAG} is no word of this program's own`);
  const log = await newLog(state);
  using own = await Deno.open(log); // That of a program that goes back is put in its place.
  const watcher = Deno.watchFs(state.directory);
  const words = Deno.args.filter((word) => word !== FLAG);
  const child = new Deno.Command("sh", {
    args: ["-c", RUN, "sh", log, ...ownCommand(), ...words],
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  child.unref();
  let code: number | undefined;
  const ended = child.status.then((status) => {
    code = status.code;
    watcher.close();
  });
  for await (const _ of watcher) {
    const program = await runningProgram(state);
    if (program?.pid !== child.pid || program.ready === undefined) continue;
    console.log(program.ready);
    terminal.say(`It runs in the background as process ${child.pid}; its log is ${log}`);
    return 0;
  }
  await ended;
  const said = (await new Response(own.readable).text()).trimEnd();
  terminal.say(said || `Its log is empty: ${log}; look whether there is space for it`);
  terminal.say(`It has ended with status ${code}; that was its log`);
  return code!;
}

/** An empty log; the one before is kept. */
async function newLog(state: SystemState): Promise<string> {
  await state.make();
  const log = `${state.directory}/${LOG}`;
  await Deno.rename(log, `${log}.1`).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.writeTextFile(log, "", { mode: 0o600, createNew: true });
  return log;
}
