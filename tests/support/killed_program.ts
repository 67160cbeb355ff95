/** Programs of tests that say what they do, a line each, and are killed at any moment. */
import assert from "node:assert/strict";

/** When a program is killed: after so many lines, and some milliseconds more. */
export interface Death {
  readonly lines: number;
  readonly after: number;
}

/** A program that runs. */
export class StartedProgram<Said> {
  readonly #child: Deno.ChildProcess;
  readonly #lines: Lines;
  readonly #stderr: Promise<string>;

  constructor(program: string, asked: unknown, env: Record<string, string>) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", program, JSON.stringify(asked)],
      env,
      ...{ stdout: "piped", stderr: "piped" },
    }).spawn();
    this.#stderr = this.#child.stderr.text();
    this.#lines = new Lines(this.#child.stdout);
  }

  /** Waits until it has said something as JSON, or is to die. */
  async reaches(dies?: Death): Promise<void> {
    const { lines = Infinity, after = 0 } = dies ?? {};
    await this.#lines.until((all) => all.at(-1)?.startsWith("{") || all.length > lines);
    if (after > 0) await new Promise((resolve) => setTimeout(resolve, after));
  }

  signal(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended: what it wrote says why.
    }
  }

  /** How it ended, and what it has said as JSON. */
  async ended(): Promise<{ status: Deno.CommandStatus; stderr: string; said: Said | undefined }> {
    const status = await this.#child.status;
    await this.#lines.ended;
    const line = this.#lines.all.find((line) => line.startsWith("{"));
    return { status, stderr: await this.#stderr, said: line && JSON.parse(line) };
  }
}

/**
 * Runs a program until it dies, or until it has said something as JSON: then it is killed, too, and that is returned.
 * A program that is to say it and does not is an error, and so is one that complains.
 */
export async function runUntilKilled<Said>(
  program: string,
  asked: unknown,
  env: Record<string, string>,
  dies?: Death,
): Promise<Said | undefined> {
  const started = new StartedProgram<Said>(program, asked, env);
  await started.reaches(dies);
  started.signal("SIGKILL");
  const { status, stderr, said } = await started.ended();
  if (!dies && !said) throw new Error(`The program ended (${status.signal}): ${stderr}`);
  assert.equal(stderr, "");
  return said;
}

/** What a program says, which is never kept from saying more. */
class Lines {
  readonly all: string[] = [];
  readonly ended: Promise<void>;
  #wake = Promise.withResolvers<void>();
  #isOver = false;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.ended = this.#read(stream);
  }

  /** Waits for that, or for the end. */
  async until(isMet: (all: readonly string[]) => boolean | undefined): Promise<void> {
    while (!this.#isOver && !isMet(this.all)) await this.#wake.promise;
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      this.all.push(...lines);
      this.#tell();
    }
    this.#isOver = true;
    this.#tell();
  }

  #tell(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
