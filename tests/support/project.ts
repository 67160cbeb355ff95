/** A directory of a user's, in which commands are run as he would run them. */
import assert from "node:assert/strict";

type Words = readonly [string, ...string[]];

/** What a command wrote. */
export interface Written {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** A temporary directory. */
export class Project implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(): Promise<Project> {
    return new Project(await Deno.makeTempDir({ prefix: "bailiwick-outside-" }));
  }

  /** What a command that must succeed printed. */
  async run(...argv: Words): Promise<string> {
    const { success, stdout, stderr } = await this.#output(argv);
    assert.ok(success, `${argv.join(" ")}\n${stdout}${stderr}`);
    return stdout;
  }

  /** What a command that must fail said about it. */
  async fail(...argv: Words): Promise<string> {
    const { success, stdout, stderr } = await this.#output(argv);
    assert.ok(!success, `${argv.join(" ")}\n${stdout}`);
    return stderr;
  }

  /** The environment that commands have. */
  get environment(): Record<string, string> {
    return { NO_COLOR: "1", XDG_CACHE_HOME: `${this.directory}/cache` };
  }

  async #output([command, ...args]: Words): Promise<Written> {
    const [env, cwd] = [this.environment, this.directory];
    const ended = await new Deno.Command(command, { args, env, cwd, stdin: "null" }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { success: ended.success, stdout: text(ended.stdout), stderr: text(ended.stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
  }
}
