/** Finding the program that a command is to ask. */
import { Client, ProgramGoneError, ProgramSilentError } from "../../operate/mod.ts";
import type { AnySystem } from "../system.ts";
import { type SystemFlags, systemNameOf } from "../standing/flags.ts";
import { runningProgram } from "../standing/program.ts";
import { SystemState } from "../standing/state.ts";
import { UsageError } from "../usage_error.ts";

/**
 * The program that is in charge of a system; undefined if there is none on this machine that this user can ask.
 *
 * @throws {ProgramSilentError} If it does not answer.
 */
export async function findProgram(
  system: AnySystem,
  flags: SystemFlags,
): Promise<Client | undefined> {
  const name = systemNameOf(system, flags);
  const inCharge = await runningProgram(new SystemState(name));
  return await Client.find(name, inCharge?.pid);
}

/** The same, for what can be told without a program, too: one that does not answer is said to be so. */
export async function findAnswering(
  system: AnySystem,
  flags: SystemFlags,
): Promise<Client | undefined> {
  try {
    return await findProgram(system, flags);
  } catch (error) {
    if (!(error instanceof ProgramSilentError)) throw error;
    console.error(error.message);
    return undefined;
  }
}

/**
 * The program that is in charge of a system.
 *
 * @throws {UsageError} If there is none.
 * @throws {ProgramSilentError} If it does not answer.
 */
export async function programOf(system: AnySystem, flags: SystemFlags): Promise<Client> {
  const client = await findProgram(system, flags);
  if (client) return client;
  const name = systemNameOf(system, flags);
  throw new UsageError(
    `No program runs system ${name} on this machine: start it by ${system.name} up`,
  );
}

/** Does what goes on until the program ends; that it has is said, and no failure. */
export async function untilGone(task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (!(error instanceof ProgramGoneError)) throw error;
    console.error(error.message);
  }
}
