/** A system of a user's that is run by `up --watch`, and its sources. */
import { markedProcesses, until } from "bailiwick/testing";
import library from "../../deno.json" with { type: "json" };
import { expectGone } from "./gone.ts";
import { fromFileUrl } from "./urls.ts";

const PATIENCE = 20_000;

/** It runs until it is disposed. */
export class Watched implements AsyncDisposable {
  readonly directory: string;
  readonly #mark = crypto.randomUUID();
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #said: string[] = [];

  private constructor(directory: string, words: readonly string[], flags: readonly string[]) {
    this.directory = directory;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", ...flags, "main.ts", "up", "--watch", ...words],
      cwd: directory,
      env: { NO_COLOR: "1", BAILIWICK_TEST: this.#mark },
      ...{ stdin: "null", stdout: "null", stderr: "piped" },
    }).spawn();
    this.#lines = lines(this.#child.stderr);
  }

  /**
   * Starts a system of these files; the first is `main.ts`.
   *
   * @param words Of its command line.
   * @param flags Of deno's.
   */
  static async start(
    files: Readonly<Record<string, string>>,
    words: readonly string[] = [],
    flags: readonly string[] = [],
  ): Promise<Watched> {
    const directory = await Deno.makeTempDir({ prefix: "bailiwick-watched-" });
    const imports = Object.entries(library.imports).map(([name, target]) => [
      name,
      target.startsWith(".") ? fromFileUrl(`../../${target}`) : target,
    ]);
    const config = JSON.stringify({ imports: Object.fromEntries(imports) });
    for (const [name, text] of Object.entries({ ...files, "deno.json": config })) {
      await Deno.writeTextFile(`${directory}/${name}`, text);
    }
    return new Watched(directory, words, flags);
  }

  /** Writes a file as it is with some words in the place of others. */
  async edit(name: string, before: string, after: string): Promise<void> {
    const path = `${this.directory}/${name}`;
    const text = await Deno.readTextFile(path);
    if (!text.includes(before)) throw new Error(`${path} has no ${before}`);
    await Deno.writeTextFile(path, text.replace(before, () => after));
  }

  /** Waits until it has said a line like each of these, from now on; returns the last. */
  async says(...patterns: readonly RegExp[]): Promise<string> {
    const said = () => `:\n${this.#said.join("\n")}`;
    const missing = new Set(patterns);
    const late = Promise.withResolvers<never>();
    AbortSignal.timeout(PATIENCE).onabort = () =>
      late.reject(new Error(`It does not say ${[...missing].join(", ")}${said()}`));
    for (;;) {
      const { value, done } = await Promise.race([this.#lines.next(), late.promise]);
      if (done) throw new Error(`It ended before ${[...missing].join(", ")}${said()}`);
      this.#said.push(value);
      for (const pattern of missing) if (pattern.test(value)) missing.delete(pattern);
      if (missing.size === 0) return value;
    }
  }

  /** The pids of its processes by their command lines. */
  async processes(): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    for (const process of await markedProcesses(this.#mark)) {
      const pid = Number(process.split(" ")[1]);
      const line = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
      found.set(line.split("\0").join(" ").trim(), pid);
    }
    return found;
  }

  /** Waits until a process with this command line runs. */
  async starts(line: string): Promise<void> {
    await until(`${line} runs`, async () => (await this.processes()).has(line), PATIENCE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGINT");
    await this.says(/^Stopping/).catch(() => {});
    while (!(await this.#lines.next()).done);
    await this.#child.status;
    await expectGone(this.#mark, PATIENCE);
    await Deno.remove(this.directory, { recursive: true });
  }
}

async function* lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const all = (rest + text).split("\n");
    rest = all.pop()!;
    yield* all;
  }
}
