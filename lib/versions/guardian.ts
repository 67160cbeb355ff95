/** The program before this one, which goes back to itself unless it is told that this one is confirmed. */
import { type Clock, type Milliseconds, seconds, within } from "../clock/mod.ts";
import type { GuardWord } from "./guard.ts";
import type { KeptProgram } from "./programs.ts";

/** What a guardian says, each in a line. */
export const SAYS = {
  /** It can read what stands, and listens. */
  guards: "guards",
  /** Its own program is in charge again, and all of it is ready. */
  back: "back",
  /** It could not go back; the reason follows. */
  failed: "failed",
} as const;

const BEAT: Milliseconds = seconds(2);
/** How long a program may take to load and to read what stands. */
const LONGEST_START: Milliseconds = seconds(30);

/** There is no guardian, or it is gone, so nothing may be changed. */
export class GuardianError extends Error {
  override readonly name = "GuardianError";
}

/** Which guardian, and what it is told. */
export interface GuardianOptions {
  /** The words that make the kept program guard, as `guard --system NAME`. */
  readonly words: readonly string[];
  /** Where what it prints goes. */
  readonly log: string;
  readonly clock: Clock;
}

/** A guardian that runs. */
export class Guardian {
  readonly program: KeptProgram;
  /** Settles when it has ended by itself, before it was told how all ended: then nothing may be changed any more. */
  readonly lost: Promise<GuardianError>;
  readonly #child: Deno.ChildProcess;
  readonly #words: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;
  readonly #beat: ReturnType<typeof setInterval>;
  #isOver = false;
  #hasEnded = false;

  private constructor(program: KeptProgram, child: Deno.ChildProcess) {
    this.program = program;
    this.#child = child;
    this.#words = child.stdin.getWriter();
    this.#lines = linesOf(child.stdout);
    this.#beat = setInterval(() => this.#say("beat"), BEAT);
    const { promise, resolve } = Promise.withResolvers<GuardianError>();
    this.lost = promise;
    child.status.then(({ code, signal }) => {
      this.#hasEnded = true;
      clearInterval(this.#beat);
      const how = signal ?? `status ${code}`;
      if (!this.#isOver) resolve(new GuardianError(`The guardian ended with ${how}`));
    });
  }

  /**
   * Starts one, in a session of its own, and waits until it guards.
   *
   * @throws {GuardianError} If it does not; nothing may be changed then.
   */
  static async start(
    program: KeptProgram,
    { words, log, clock }: GuardianOptions,
  ): Promise<Guardian> {
    const [path, ...args] = [...program.command, ...words];
    // The shell opens the log, and is the guardian then.
    const script = 'log=$1; shift; exec "$@" 2>>"$log"';
    const child = new Deno.Command("/bin/sh", {
      args: ["-c", script, "sh", log, path!, ...args],
      cwd: program.cwd,
      detached: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const guardian = new Guardian(program, child);
    const says = guardian.#lines.next();
    const isInTime = await within(clock, LONGEST_START, says);
    if (isInTime && (await says).value === SAYS.guards) return guardian;
    const why = isInTime ? "ended" : `did not guard within ${LONGEST_START / 1000} s`;
    await guardian.#end();
    throw new GuardianError(
      `The program that is to be gone back to ${why}, so nothing was changed; see ${log}`,
    );
  }

  /** A step was done. */
  step(): void {
    this.#say("step");
  }

  /** All is changed; somebody has so long to confirm it. */
  waits(most: Milliseconds): void {
    this.#say(`waits ${most}`);
  }

  /** Tells it that the new program is confirmed; settles when it has ended. */
  async confirmed(): Promise<void> {
    this.#isOver = true;
    this.#say("confirmed");
    await this.#words.close().catch(() => {}); // It reads on, and would end only when it has heard more.
    await this.#child.status;
    await this.#close();
  }

  /** Has it go back, and waits; returns why it could not, or nothing when it is back. */
  async goBack(): Promise<string | undefined> {
    this.#isOver = true;
    await this.#words.close().catch(() => {});
    const { value = "it ended without a word" } = await this.#lines.next();
    await this.#close();
    return value === SAYS.back ? undefined : value.replace(/^failed:? */, "");
  }

  #say(word: GuardWord): void {
    this.#words.write(new TextEncoder().encode(`${word}\n`)).catch(() => {});
  }

  async #end(): Promise<void> {
    this.#isOver = true;
    if (!this.#hasEnded) this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#close();
  }

  async #close(): Promise<void> {
    clearInterval(this.#beat);
    await this.#words.close().catch(() => {});
    await this.#lines.return?.();
  }
}

/** The lines of a stream. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream() as never)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
