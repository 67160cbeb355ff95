/** The command line as its user has it: from source, or as the executable. */
import { fromFileUrl } from "./urls.ts";

/** How a command ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One way to have the program. */
export class Cli {
  /** The words that the arguments of a command follow. */
  readonly words: readonly [string, ...string[]];

  constructor(words: readonly [string, ...string[]]) {
    this.words = words;
  }

  /** The program from source. */
  static fromSource(): Cli {
    const main = fromFileUrl("../../main.ts");
    return new Cli([Deno.execPath(), "run", "-A", "--no-check", main]);
  }

  /** Starts a command. */
  spawn(args: readonly string[], env: Record<string, string> = {}): Deno.ChildProcess {
    const [program, ...first] = this.words;
    return new Deno.Command(program, {
      args: [...first, ...args],
      env: { NO_COLOR: "1", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Runs a command to its end. */
  async run(
    args: readonly string[],
    input = "",
    env: Record<string, string> = {},
  ): Promise<Outcome> {
    const child = this.spawn(args, env);
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input)).catch(() => {});
    await writer.close().catch(() => {});
    const { code, stdout, stderr } = await child.output();
    return { code, stdout: decode(stdout), stderr: decode(stderr) };
  }

  /** Starts `up` and waits until it trades. Every process of it carries `mark` in its environment. */
  async up(args: readonly string[], mark: string): Promise<Up> {
    const home = await Deno.makeTempDir();
    const env = { BAILIWICK_TEST: mark, XDG_STATE_HOME: home, XDG_RUNTIME_DIR: home };
    const stands = args.includes("prod");
    return await Up.of(this.spawn(["up", "--json", ...args], env), async () => {
      const down = stands ? await this.run(["down"], "", env) : undefined;
      await Deno.remove(env.XDG_STATE_HOME, { recursive: true });
      if (down && down.code !== 0) throw new Error(`down failed: ${down.stdout}${down.stderr}`);
    });
  }
}

/** What `up --json` says of a service. */
export interface ServiceLine {
  readonly path: string;
  readonly host: string;
  readonly pid: number;
  readonly address: string;
}

/** A running `up`. Disposing ends all that it has started. */
export class Up implements AsyncDisposable {
  /** Where it takes orders, as "127.0.0.1:7000". */
  readonly address: string;
  readonly services: readonly ServiceLine[];
  readonly #child: Deno.ChildProcess;
  readonly #stderr: Promise<string>;
  readonly #clean: () => Promise<void>;
  #over = false;
  #cleaned: Promise<void> | undefined;

  private constructor(
    child: Deno.ChildProcess,
    line: string,
    stderr: Promise<string>,
    clean: () => Promise<void>,
  ) {
    const { address, services } = JSON.parse(line);
    this.address = address;
    this.services = services;
    this.#child = child;
    this.#stderr = stderr;
    this.#clean = clean;
    child.status.then(() => this.#over = true);
  }

  /** Waits until a process trades. */
  static async of(child: Deno.ChildProcess, clean: () => Promise<void>): Promise<Up> {
    await child.stdin.close();
    const stderr = child.stderr.text();
    const line = await firstLine(child.stdout);
    if (line !== "") return new Up(child, line, stderr, clean);
    await clean();
    throw new Error(`up ended: ${await stderr}`);
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  async ended(): Promise<{ code: number; stderr: string }> {
    const [{ code }, stderr] = await Promise.all([this.#child.status, this.#stderr]);
    return { code, stderr };
  }

  /** Ends what it has let go of. */
  async down(): Promise<void> {
    await (this.#cleaned ??= this.#clean());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) this.kill("SIGINT");
    await this.ended();
    await this.down();
  }
}

/** What a stream begins with, to the end of its first line. */
export async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of stream) {
    text += decoder.decode(bytes, { stream: true });
    if (text.includes("\n")) break;
  }
  return text.split("\n")[0]!;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
