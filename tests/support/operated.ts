/** A running system of `programs/operated.ts`, and its command line. */
import { until } from "bailiwick/testing";
import { Client } from "../../lib/operate/client.ts";
import { Cli, type Outcome } from "./cli.ts";
import { expectGone } from "./gone.ts";
import { fromFileUrl } from "./urls.ts";

const GONE_WITHIN = 10_000;
const PROGRAM = fromFileUrl("../programs/operated.ts");

/** One such system. Disposing ends it, and leaves nothing. */
export class OperatedCli implements AsyncDisposable {
  readonly mark: string = crypto.randomUUID();
  readonly #directory: string;
  readonly #cli = new Cli([Deno.execPath(), "run", "-A", "--no-check", PROGRAM]);
  #program!: Deno.ChildProcess;
  #said!: Promise<string>[];

  readonly #variables: Readonly<Record<string, string>>;

  private constructor(directory: string, variables: Readonly<Record<string, string>>) {
    this.#directory = directory;
    this.#variables = variables;
  }

  /** Starts it, with variables of the environment that its program has besides. */
  static async make(
    variables: Readonly<Record<string, string>>,
    ...words: string[]
  ): Promise<OperatedCli> {
    const directory = await Deno.makeTempDir({ prefix: "bailiwick-operated-" });
    const cli = new OperatedCli(directory, variables);
    cli.#begin(words);
    return cli;
  }

  /** Starts it. */
  static async begin(...words: string[]): Promise<OperatedCli> {
    return await OperatedCli.make({}, ...words);
  }

  /** Starts it, and waits until all is ready. */
  static async up(...words: string[]): Promise<OperatedCli> {
    const cli = await OperatedCli.begin(...words);
    await cli.ready();
    return cli;
  }

  /** Starts it again after it has ended. */
  async again(): Promise<void> {
    this.#begin([]);
    await this.ready();
  }

  /** Kills the program. */
  async kill(): Promise<void> {
    this.#program.kill("SIGKILL");
    await this.#program.status;
    await Promise.all(this.#said);
  }

  /** Pauses the program, or has it go on. */
  pause(signal: "SIGSTOP" | "SIGCONT" = "SIGSTOP"): void {
    this.#program.kill(signal);
  }

  /** Has the program stop in order. */
  async stop(): Promise<void> {
    this.#program.kill("SIGINT");
    await this.#program.status;
  }

  /** How the program has ended, and what it said. */
  async ended(): Promise<{ readonly signal: Deno.Signal | null; readonly stderr: string }> {
    const [{ signal }, stderr] = await Promise.all([this.#program.status, this.#said[1]!]);
    return { signal, stderr };
  }

  async run(...words: string[]): Promise<Outcome> {
    return await this.#cli.run(words, "", this.#environment);
  }

  /** Starts a command. */
  spawn(...words: string[]): Deno.ChildProcess {
    const child = this.#cli.spawn(words, this.#environment);
    child.stdin.close();
    return child;
  }

  /** What a command prints on a terminal of so many columns. */
  async onTerminal(columns: number, ...words: string[]): Promise<string> {
    const line = [...this.#cli.words, ...words].map((word) => `'${word}'`).join(" ");
    const { stdout } = await new Deno.Command("script", {
      args: ["-qefc", `stty cols ${columns}; ${line}`, "/dev/null"],
      env: { NO_COLOR: "1", SHELL: "/bin/sh", ...this.#environment },
      stdin: "null",
    }).output();
    return new TextDecoder().decode(stdout);
  }

  /** The lines that a command prints with `--json`. */
  async json<T>(...words: string[]): Promise<T[]> {
    const { code, stdout, stderr } = await this.run(...words, "--json");
    if (code !== 0) throw new Error(stderr);
    return stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  async pids(): Promise<Record<string, number>> {
    const { services } = await this.ask((client) => client.model());
    return Object.fromEntries(services.map(({ name, pid }) => [name, pid]));
  }

  async states(): Promise<Record<string, string>> {
    const { services } = await this.ask((client) => client.model());
    return Object.fromEntries(services.map(({ name, state }) => [name, state]));
  }

  /** The path of its program's socket. */
  async socket(): Promise<string> {
    const directory = `${this.#directory}/bailiwick/operated`;
    const names = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
    return `${directory}/${names.find((name) => name === `${this.#program.pid}.sock`)}`;
  }

  /** Asks its program. */
  async ask<T>(asks: (client: Client) => Promise<T>): Promise<T> {
    using client = new Client(await this.socket());
    return await asks(client);
  }

  /** Whether it answers, and so. */
  async tried<T>(
    asks: (client: Client) => Promise<T>,
    is: (answer: T) => boolean,
  ): Promise<boolean> {
    return await this.ask(asks).then(is, () => false);
  }

  get #environment(): Record<string, string> {
    const directory = this.#directory;
    return {
      ...{ XDG_RUNTIME_DIR: directory, XDG_STATE_HOME: directory },
      ...{ BAILIWICK_TEST: this.mark, LC_ALL: "C" },
    };
  }

  #begin(words: readonly string[]): void {
    const environment = { ...this.#environment, ...this.#variables };
    this.#program = this.#cli.spawn(["up", ...words], environment);
    this.#program.stdin.close();
    this.#said = [this.#program.stdout.text(), this.#program.stderr.text()];
  }

  /** Waits until all is ready. */
  async ready(): Promise<void> {
    const isReady = () => this.tried((client) => client.program(), ({ ready }) => ready);
    await until("all is ready", isReady);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#program.kill("SIGINT");
    } catch {
      // It has ended.
    }
    await this.#program.status;
    await Promise.all(this.#said);
    await expectGone(this.mark, GONE_WITHIN);
    await Deno.remove(this.#directory, { recursive: true });
  }
}
