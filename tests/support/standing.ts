/** A system that can outlive its program, run from the command line as its user would, with a state of its own. */
import assert from "node:assert/strict";
import { dirname } from "node:path/posix";
import { type PackedContent, readContents } from "../../lib/compile/contents.ts";
import { Cli, type Outcome } from "./cli.ts";
import { expectGone } from "./gone.ts";
import { fromFileUrl } from "./urls.ts";

const GONE_WITHIN = 10_000;

/** Of a line of `ps --json` what is so with a program and without one. */
export interface PsLine {
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly state: string;
  readonly restarts: number;
  readonly address?: string;
}

/** What one build of a program has in the place of a file that another has. */
export type Build = (file: PackedContent) => Uint8Array;

const asItIs: Build = ({ content }) => content;

/** Programs in one piece, for all tests of a file: from its sources each would be bundled by each start. */
const bundled = new Map<string, Promise<PackedContent[]>>();
const built = new Map<string, Map<Build, Promise<string>>>();

function bundle(program: string, build: Build): Promise<string> {
  const builds = entry(built, program, () => new Map<Build, Promise<string>>());
  return entry(builds, build, () => makeBundle(program, build));
}

async function makeBundle(program: string, build: Build): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "bailiwick-program-" });
  addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
  const read = () => readContents(fromFileUrl(`../programs/${program}`));
  for (const file of await entry(bundled, program, read)) {
    const path = `${directory}/${file.name}`;
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, build(file));
  }
  return `${directory}/program.js`;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

/** One of `programs` with a directory for its state. Disposing leaves no process of it, and no file. */
export class StandingCli implements AsyncDisposable {
  readonly state: string;
  /** In the environment of all that it starts. */
  readonly mark: string = crypto.randomUUID();
  readonly #program: string;
  readonly #children: Deno.ChildProcess[] = [];
  #cli: Cli;

  private constructor(state: string, program: string, path: string) {
    this.state = state;
    this.#program = program;
    this.#cli = cliOf(path);
  }

  static async make(program = "standing.ts"): Promise<StandingCli> {
    const state = await Deno.makeTempDir({ prefix: "bailiwick-state-" });
    return new StandingCli(state, program, await bundle(program, asItIs));
  }

  /** What is run from now on is another build of the program. */
  async use(build: Build): Promise<void> {
    this.#cli = cliOf(await bundle(this.#program, build));
  }

  get #environment(): Record<string, string> {
    return {
      ...{ XDG_STATE_HOME: this.state, XDG_RUNTIME_DIR: this.state },
      BAILIWICK_TEST: this.mark,
    };
  }

  /** Runs a command to its end. */
  async run(...args: string[]): Promise<Outcome> {
    const child = this.#spawn(args);
    const { code, stdout, stderr } = await child.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  }

  /** Starts a command on a terminal of its own, which is there as long as the process is that is returned. */
  onTerminal(...args: string[]): Deno.ChildProcess {
    const line = [...this.#cli.words, ...args].map((word) => `'${word}'`).join(" ");
    const child = new Deno.Command("script", {
      args: ["-qefc", line, "/dev/null"],
      env: { NO_COLOR: "1", SHELL: "/bin/sh", ...this.#environment },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#children.push(child);
    return child;
  }

  /** Runs a command on a terminal, at which somebody types this. */
  async typed(input: string, ...args: string[]): Promise<{ code: number; screen: string }> {
    const child = this.onTerminal(...args);
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    const { code, stdout } = await child.output();
    await writer.close().catch(() => {});
    return { code, screen: new TextDecoder().decode(stdout).replaceAll("\r", "") };
  }

  /** Starts `up --standing`. */
  begin(...args: string[]): StandingUp {
    return new StandingUp(this.#spawn(["up", "--standing", ...args]));
  }

  /** Starts `up --standing`, and waits until all is ready. */
  async up(...args: string[]): Promise<StandingUp> {
    const up = this.begin(...args);
    await up.says("All ready");
    return up;
  }

  async ps(): Promise<PsLine[]> {
    const { code, stdout, stderr } = await this.run("ps", "--json");
    assert.equal(code, 0, stderr);
    const lines = stdout.trim().split("\n").filter((line) => line !== "");
    const rows = lines.map((line): PsLine => {
      const { name, host, pid, state, restarts, address } = JSON.parse(line);
      return { name, host, pid, state, restarts, ...(address !== undefined && { address }) };
    });
    return rows.toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  }

  async #systems(): Promise<string[]> {
    const systems = `${this.state}/bailiwick/systems`;
    const entries = await Array.fromAsync(Deno.readDir(systems)).catch(() => []);
    return entries.map(({ name }) => name);
  }

  #spawn(args: readonly string[]): Deno.ChildProcess {
    const child = this.#cli.spawn(args, this.#environment);
    child.stdin.close();
    this.#children.push(child);
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const system of await this.#systems()) await this.run("down", "--system", system);
    await Promise.all(this.#children.map((child) => child.status));
    await expectGone(this.mark, GONE_WITHIN);
    await Deno.remove(this.state, { recursive: true });
  }
}

function cliOf(path: string): Cli {
  return new Cli([Deno.execPath(), "run", "-A", "--no-config", path]);
}

/** An `up` that runs. */
export class StandingUp {
  readonly #child: Deno.ChildProcess;
  readonly #stdout: ReadableStreamDefaultReader<string>;
  readonly #stderr: Promise<string>;
  #said = "";

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#stdout = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#stderr = child.stderr.text();
  }

  /** Waits until it has printed a text. */
  async says(text: string): Promise<void> {
    while (!this.#said.includes(text)) {
      const { done, value } = await this.#stdout.read();
      if (done) throw new Error(`It ended without ${text}: ${this.#said}${await this.#stderr}`);
      this.#said += value;
    }
  }

  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Sends it a signal, and waits for its end. */
  async kill(signal: Deno.Signal): Promise<{ code: number; stderr: string }> {
    this.#child.kill(signal);
    return await this.ended();
  }

  async ended(): Promise<{ code: number; stderr: string }> {
    while (!(await this.#stdout.read()).done);
    return { code: (await this.#child.status).code, stderr: await this.#stderr };
  }
}
