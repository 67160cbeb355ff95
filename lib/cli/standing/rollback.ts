/** `rollback`: the program before this one is run again, whole, with its own words. */
import { Terminal } from "../../tools/mod.ts";
import { type KeptProgram, Programs, thisProgram, type WholeProgram } from "../../versions/mod.ts";
import type { AnySystem } from "../system.ts";
import { EXIT } from "../../tools/mod.ts";
import { type SystemFlags, systemNameOf } from "./flags.ts";
import { SystemState } from "./state.ts";

/** What `rollback` takes. */
export interface RollbackFlags extends SystemFlags {
  readonly detach: boolean;
}

const SIGNALS = ["SIGTERM", "SIGHUP"] as const;

/** The programs that this machine keeps of a system. */
export function programsIn({ directory }: SystemState): Programs {
  return new Programs(`${directory}/programs`);
}

/** Keeps this program while it starts a system, so that it can be gone back to when all was ready with it. */
export class Keeping {
  readonly #programs: Programs;
  readonly #begun = Promise.withResolvers<boolean>();
  readonly #warnOf: (error: Error) => undefined;
  readonly #kept: Promise<KeptProgram | undefined>;

  /** @param warn Is told why it cannot be kept; the system goes on. */
  constructor(state: SystemState, warn: (line: string) => void) {
    this.#programs = programsIn(state);
    const made = thisProgram(); // It takes a while, as does connecting.
    this.#warnOf = ({ message }) => {
      warn(`This program is not kept, so rollback cannot go back to it: ${message}`);
      return undefined;
    };
    this.#kept = this.#keep(made).catch(this.#warnOf);
  }

  async #keep(made: Promise<WholeProgram>): Promise<KeptProgram | undefined> {
    const start = { words: lasting(Deno.args), cwd: Deno.cwd() };
    const [program, isBegun] = await Promise.all([made, this.#begun.promise]);
    return isBegun ? await this.#programs.keep(program, start) : undefined;
  }

  /** It is in charge: what was started before it can be gone back to from now on. */
  begin(): void {
    this.#begun.resolve(true);
  }

  /** If it has not begun, it is not kept. */
  async end(): Promise<void> {
    this.#begun.resolve(false);
    await this.#kept;
  }

  /** This program as it is kept, if it could be. */
  get kept(): Promise<KeptProgram | undefined> {
    return this.#kept;
  }

  /** All was ready with it. */
  async ready(): Promise<void> {
    const kept = await this.#kept;
    if (kept) await this.#programs.ready(kept).catch((error) => this.#warnOf(error));
  }
}

/** The words without those that are about this start alone. */
function lasting(words: readonly string[]): string[] {
  const isAlone = (word = "") => ONCE.includes(word) || WITH_VALUE.includes(word.split("=")[0]!);
  return words.filter((word, at) => !isAlone(word) && !WITH_VALUE.includes(words[at - 1] ?? ""));
}

const ONCE: readonly string[] = ["--yes", "--no-plan", "--no-return"];
const WITH_VALUE: readonly string[] = ["--confirm", "--after"];

/** Runs the program before this one, and ends as it ends. */
export async function rollback(system: AnySystem, flags: RollbackFlags): Promise<void> {
  const terminal = new Terminal();
  const state = await SystemState.known(systemNameOf(system, flags));
  const before = await programsIn(state).before();
  if (!before) {
    terminal.say(`No earlier program of system ${state.system} is kept on this machine`);
    Deno.exitCode = EXIT.REFUSED;
    return;
  }
  const words = [...before.words, ...(flags.detach ? ["--detach"] : [])];
  const from = before.at.toISOString();
  terminal.say(`Going back to the program of ${from}: ${system.name} ${words.join(" ")}`);
  Deno.exitCode = await run([...before.command, ...words], before.cwd);
}

async function run([path, ...args]: readonly string[], cwd: string): Promise<number> {
  const child = new Deno.Command(path!, { args, cwd }).spawn();
  const pass = SIGNALS.map((signal) => [signal, () => child.kill(signal)] as const);
  const wait = () => {}; // Ctrl-C is the child's, too.
  for (const [signal, listener] of [...pass, ["SIGINT", wait] as const]) {
    Deno.addSignalListener(signal, listener);
  }
  try {
    return (await child.status).code;
  } finally {
    for (const [signal, listener] of [...pass, ["SIGINT", wait] as const]) {
      Deno.removeSignalListener(signal, listener);
    }
  }
}
