/**
 * A change of a system that stands, which is gone back from unless it is confirmed: by this program when all is ready,
 * or with `--confirm SECONDS` by somebody. The program before this one guards it in a process of its own, so that
 * whatever happens to this one, the system does not stay half changed: it goes back when this program fails, ends,
 * hangs or is told to stop, and when nobody confirms in time.
 */
import { ownTenure } from "../../agent/mod.ts";
import { type Milliseconds, systemClock } from "../../clock/mod.ts";
import type { Model } from "../../model/mod.ts";
import { EXIT, Terminal } from "../../tools/mod.ts";
import {
  guard,
  Guardian,
  type GuardianError,
  type KeptProgram,
  linesOf,
  SAYS,
} from "../../versions/mod.ts";
import { ownCommand } from "./own_command.ts";
import { runningProgram } from "./program.ts";
import { programsIn } from "./rollback.ts";
import type { SystemState } from "./state.ts";

const CONFIRMATION = "confirmation.json";
const LOG = "guardian.log";

/** A change that waits to be confirmed. */
interface Confirmation {
  /** The pid of the program. */
  readonly by: number;
  readonly isGiven: boolean;
}

/** What a change needs to know. */
export interface ChangeOptions {
  readonly state: SystemState;
  /** How the program is called. */
  readonly name: string;
  readonly model: Model;
  readonly terminal: Terminal;
  /** How long somebody has to confirm it; without it nobody needs to. */
  readonly most: Milliseconds | undefined;
  /** This program, as it is kept. */
  readonly own: KeptProgram | undefined;
}

/** A change under way. */
export class Change implements Disposable {
  readonly #options: ChangeOptions;
  readonly #guardian: Guardian;
  readonly #watch: Disposable;
  /** Whether it may still be gone back from. */
  #isOpen = true;

  private constructor(options: ChangeOptions, guardian: Guardian) {
    this.#options = options;
    this.#guardian = guardian;
    this.#watch = options.model.observe(({ kind }) => {
      if (kind === "step-ended") guardian.step();
    });
  }

  /**
   * Before anything is changed: starts the guardian.
   *
   * @returns Nothing if there is no other program to go back to.
   * @throws {GuardianError} If it does not guard.
   */
  static async begin(options: ChangeOptions): Promise<Change | undefined> {
    const { state, terminal, own } = options;
    if (own?.wasReady) return undefined; // It is this one that is started again.
    const earlier = (await programsIn(state).list()).find(({ wasReady }) => wasReady);
    if (!earlier) {
      terminal.say("No earlier program is kept here: this change is not gone back from by itself");
      return undefined;
    }
    const guards = [
      "guard",
      "--system",
      state.system,
      "--generation",
      `${ownTenure.generation(0n)}`,
    ];
    const guardian = await Guardian.start(earlier, {
      words: [...guards, "--", ...earlier.words],
      log: `${state.directory}/${LOG}`,
      clock: systemClock,
    });
    return new Change(options, guardian);
  }

  /** All is ready: from now on it can be confirmed, if somebody is to. */
  async opens(): Promise<void> {
    const waiting: Confirmation = { by: Deno.pid, isGiven: false };
    if (this.#options.most !== undefined) await this.#options.state.write(CONFIRMATION, waiting);
  }

  /**
   * All is ready: waits until somebody confirms, if somebody is to.
   *
   * @throws {Error} If nobody does in time.
   */
  async untilConfirmed(signal: AbortSignal): Promise<void> {
    const { most, terminal } = this.#options;
    if (most === undefined) return await this.release();
    await this.#untilSaid(most, signal);
    await this.release();
    terminal.say("Confirmed");
  }

  async #untilSaid(most: Milliseconds, signal: AbortSignal): Promise<void> {
    const { name, terminal, state } = this.#options;
    terminal.say(`Confirm it ${howToConfirm(name, state.system, most)}`);
    this.#guardian.waits(most);
    using watcher = Deno.watchFs(state.directory);
    const close = () => watcher[Symbol.dispose]();
    const late = setTimeout(close, most);
    signal.addEventListener("abort", close, { once: true });
    try {
      do if ((await state.read<Confirmation>(CONFIRMATION))?.isGiven) return; while (
        !(await watcher[Symbol.asyncIterator]().next()).done
      );
    } finally {
      clearTimeout(late);
      signal.removeEventListener("abort", close);
      await state.remove(CONFIRMATION);
    }
    signal.throwIfAborted();
    throw new Error(`Nobody confirmed the change within ${most / 1000} s`);
  }

  /** It is not to be gone back from any more: all is well, or somebody else is in charge of the system. */
  async release(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#guardian.confirmed();
  }

  /** Calls back when the guardian has gone before the change was confirmed: nothing may be changed any more. */
  onLost(then: (error: GuardianError) => void): void {
    void this.#guardian.lost.then((error) => {
      if (this.#isOpen) then(error);
    });
  }

  /** Has the program before go back, if this one was not confirmed; returns the exit status for that. */
  async goBack(): Promise<number | undefined> {
    if (!this.#isOpen) return undefined;
    this.#isOpen = false;
    const { name, terminal, state } = this.#options;
    const { at, words } = this.#guardian.program;
    terminal.say(`Going back to the program of ${at.toISOString()}: ${name} ${words.join(" ")}`);
    const why = await this.#guardian.goBack();
    if (why === undefined) {
      terminal.say("It is in charge again, and all of it is ready");
      return EXIT.REFUSED;
    }
    terminal.say(`It could not go back: ${why}; see ${state.directory}/${LOG}`);
    return EXIT.NOT_BACK;
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }
}

/** Until when, by what, and what else happens. */
export function howToConfirm(name: string, system: string, most: Milliseconds): string {
  const flag = system === name ? "" : ` --system ${system}`;
  return `within ${most / 1000} s, or it is gone back from: ${name} confirm${flag}`;
}

/** `confirm`: the change that waits for it stays. Status 3 if none does. */
export async function confirm(state: SystemState): Promise<void> {
  const waiting = await state.read<Confirmation>(CONFIRMATION);
  const program = await runningProgram(state);
  if (waiting && waiting.by === program?.pid) {
    return await state.write(CONFIRMATION, { ...waiting, isGiven: true });
  }
  new Terminal().say(`No change of system ${state.system} waits to be confirmed`);
  Deno.exitCode = EXIT.REFUSED;
}

/** `guard`, as which a program is run by the one after it; it takes over from that only. */
export async function guardChange(words: readonly string[], generation: string): Promise<void> {
  console.log(SAYS.guards);
  const why = await guard(linesOf(Deno.stdin.readable), systemClock);
  if (why === undefined) return;
  console.error(`Going back. Of the program that changed the system: ${why}`);
  const [path, ...own] = ownCommand();
  const args = [...own, ...words, "--detach", "--yes", "--no-return", "--after", generation];
  const { code, stdout, stderr } = await new Deno.Command(path, { args }).output();
  for (const text of [stdout, stderr]) console.error(new TextDecoder().decode(text));
  const said = code === EXIT.SUPERSEDED
    ? "another program has taken the system over meanwhile"
    : `its start ended with status ${code}`;
  try {
    console.log(code === 0 ? SAYS.back : `${SAYS.failed}: ${said}`);
  } catch {
    // Nobody is there to hear it; the log has it.
  }
}
