/** Programs of tests that say what they do, a line each, and are killed at any moment. */
import assert from "node:assert/strict";

/** When a program is killed: after so many lines, and some milliseconds more. */
export interface Death {
  readonly lines: number;
  readonly after: number;
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
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", program, JSON.stringify(asked)],
    env,
    ...{ stdout: "piped", stderr: "piped" },
  }).spawn();
  const stderr = child.stderr.text();
  const lines = new Lines(child.stdout);
  await lines.until((all) => all.at(-1)?.startsWith("{") || all.length > (dies?.lines ?? Infinity));
  if (dies) await new Promise((resolve) => setTimeout(resolve, dies.after));
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended: what it wrote says why.
  }
  const { signal } = await child.status;
  await lines.ended;
  const line = lines.all.find((line) => line.startsWith("{"));
  if (!dies && !line) throw new Error(`The program ended (${signal}): ${await stderr}`);
  assert.equal(await stderr, "");
  return line === undefined ? undefined : JSON.parse(line);
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
