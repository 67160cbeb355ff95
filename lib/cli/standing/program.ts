/** The program that is in charge of a system that stands, as far as this machine knows: a pid that is checked. */
import { processOf } from "../../tools/processes.ts";
import type { SystemState } from "./state.ts";

/** A program that runs. */
export interface RunningProgram {
  readonly pid: number;
  /** Which process of that number it is: when it began, and in which boot. */
  readonly began: string;
  readonly boot: string;
  /** ISO 8601. */
  readonly since: string;
  /** What it has said, once all is ready. */
  readonly ready?: string;
}

const FILE = "program.json";

/** The last program of this machine that came in charge; nothing if it has ended. */
export async function runningProgram(state: SystemState): Promise<RunningProgram | undefined> {
  const program = await state.read<RunningProgram>(FILE);
  if (!program || program.boot !== await bootId()) return undefined;
  return processOf(program.pid)?.began === program.began ? program : undefined;
}

/** This program, as the one that is in charge until this is disposed. */
export class ProgramRecord implements AsyncDisposable {
  readonly #state: SystemState;
  readonly #program: RunningProgram;

  private constructor(state: SystemState, program: RunningProgram) {
    this.#state = state;
    this.#program = program;
  }

  static async begin(state: SystemState): Promise<ProgramRecord> {
    const [since, boot] = [new Date().toISOString(), await bootId()];
    const program = { pid: Deno.pid, began: processOf(Deno.pid)!.began, boot, since };
    await state.write(FILE, program);
    return new ProgramRecord(state, program);
  }

  /** All is ready, and this was said of it; so it is this one that is in charge, whoever was started last. */
  async ready(said: string): Promise<void> {
    await this.#state.write(FILE, { ...this.#program, ready: said });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (await this.#isLast()) await this.#state.remove(FILE);
  }

  async #isLast(): Promise<boolean> {
    return (await this.#state.read<RunningProgram>(FILE))?.pid === this.#program.pid;
  }
}

async function bootId(): Promise<string> {
  return (await Deno.readTextFile("/proc/sys/kernel/random/boot_id")).trim();
}
