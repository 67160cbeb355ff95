/** The flight recorder: what was said to and by the agents, kept when a host is lost. */
import { conversation, recorder } from "../../agent/mod.ts";
import { print } from "../../tools/mod.ts";
import { type SystemFlags, systemNameOf } from "../standing/flags.ts";
import { SystemState } from "../standing/state.ts";
import type { AnySystem } from "../system.ts";
import { UsageError } from "../usage_error.ts";
import { findProgram } from "./program.ts";

const FOLDER = "records";
/** Files that are kept. */
const MOST = 5;

/** What this program has recorded, in words. */
export function recordedConversation(): string[] {
  return conversation(recorder.frames, Date.now() - performance.now());
}

/** Keeps what was recorded, since a host was lost; returns where, if there is a place for it. */
export async function keepRecord(system: string, host: string): Promise<string | undefined> {
  try {
    const state = new SystemState(system);
    await state.make();
    const directory = `${state.directory}/${FOLDER}`;
    await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
    const time = new Date().toISOString().replaceAll(":", "-");
    const path = `${directory}/${time}-${host.replaceAll(/[^\w.@-]/g, "_")}.txt`;
    await Deno.writeTextFile(path, `${recordedConversation().join("\n")}\n`, { mode: 0o600 });
    const names = await namesIn(directory);
    for (const old of names.slice(0, -MOST)) await Deno.remove(`${directory}/${old}`);
    return path;
  } catch {
    return undefined; // It is a help for later; the system goes on without.
  }
}

/**
 * Prints what was kept in a file; else what the running program has; else what was kept last.
 *
 * @throws {UsageError} If there is nothing.
 */
export async function showRecord(
  system: AnySystem,
  file: string | undefined,
  flags: SystemFlags,
): Promise<void> {
  if (file !== undefined) return print((await Deno.readTextFile(file)).trimEnd());
  using client = await findProgram(system, flags);
  if (client) return print((await (await client.request("record")).text()).trimEnd());
  const name = systemNameOf(system, flags);
  const directory = `${new SystemState(name).directory}/${FOLDER}`;
  const last = (await namesIn(directory)).at(-1);
  if (last === undefined) throw new UsageError(`Nothing was recorded of system ${name} here`);
  print((await Deno.readTextFile(`${directory}/${last}`)).trimEnd());
}

/** The oldest first. */
async function namesIn(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory), ({ name }) => name).catch(() => []))
    .sort();
}
