/** An executable with a stand-in program, and ways to run it, for the launcher's tests. @module */
import assert from "node:assert/strict";
import { nativePath } from "../../tests/support/native.ts";
import { pack, writeExecutable } from "../../lib/compile/pack.ts";
import { FILE_FUNCTION, PREAMBLE } from "../../lib/compile/start.ts";

/** What the stand-in program tells of itself. */
export interface Report {
  args: string[];
  pid: number;
  comm: string;
  argv0: string;
  directory: string;
  env: Record<string, string>;
  childDescriptors: string[];
  /** What the program reads in the packed file. */
  agent: string;
}

/** One run to its end. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
  pid: number;
}

const PROGRAM = `
const text = (path) => Deno.readTextFileSync(path);
const [verb] = Deno.args;
const runs = Deno.env.get("TEST_RUNS");
if (runs !== undefined) Deno.writeTextFileSync(runs, "run\\n", { append: true });
if (verb === "exit") Deno.exit(Number(Deno.args[1]));
else if (verb === "copy") await Deno.stdin.readable.pipeTo(Deno.stdout.writable);
else if (verb === "wait") {
  Deno.addSignalListener("SIGTERM", () => Deno.exit(9));
  console.log("ready");
  setInterval(() => {}, 1000);
} else {
  const ls = new Deno.Command("ls", { args: ["/proc/self/fd"] }).outputSync();
  console.log(JSON.stringify({
    args: Deno.args,
    pid: Deno.pid,
    comm: text("/proc/self/comm").trim(),
    argv0: text("/proc/self/cmdline").split("\\0")[0],
    directory: import.meta.dirname,
    env: Deno.env.toObject(),
    agent: text(${FILE_FUNCTION}("native/x86_64/agent")),
    childDescriptors: new TextDecoder().decode(ls.stdout).trim().split("\\n"),
  }));
}
`;

/** Packs the deno that runs the tests, the stand-in program and one asset. */
export function packStandIn(options: { compress: boolean }): Uint8Array {
  const content = new TextEncoder().encode(PREAMBLE + PROGRAM);
  return pack(Deno.readFileSync(nativePath("launcher")), [
    {
      name: "runtime/stand-in",
      content: Deno.readFileSync(Deno.execPath()),
      executable: true,
      isRuntime: true,
    },
    { name: "program.js", content, hashAlways: true },
    { name: "native/x86_64/agent", content: new TextEncoder().encode("agent"), executable: true },
  ], options).bytes;
}

let uncompressed: Uint8Array | undefined;

/** A directory with the executable in it and a cache directory of its own. Removed by disposal. */
export class Bench implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(bytes = uncompressed ??= packStandIn({ compress: false })): Promise<Bench> {
    const bench = new Bench(await Deno.makeTempDir({ prefix: "bailiwick-launcher-" }));
    await Deno.chmod(bench.directory, 0o755);
    await Deno.mkdir(`${bench.directory}/cache`, { mode: 0o755 });
    await writeExecutable(bench.executable, bytes);
    return bench;
  }

  get executable(): string {
    return `${this.directory}/copy-of-it`;
  }

  /** What XDG_CACHE_HOME is set to. */
  get cacheHome(): string {
    return `${this.directory}/cache`;
  }

  /** The place that the launcher makes. */
  get place(): string {
    return `${this.cacheHome}/bailiwick`;
  }

  /** The one directory of unpacked files. */
  async unpacked(): Promise<string> {
    const names = await Array.fromAsync(Deno.readDir(this.place), (entry) => entry.name);
    const ids = names.filter((name) => name !== "lock");
    assert.equal(ids.length, 1, `one directory in ${this.place}: ${ids}`);
    return `${this.place}/${ids[0]}`;
  }

  async run(args: string[], env: Record<string, string> = {}): Promise<Ran> {
    return await finish(
      new Deno.Command(this.executable, {
        args,
        env: { PATH: Deno.env.get("PATH") ?? "", XDG_CACHE_HOME: this.cacheHome, ...env },
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }),
    );
  }

  /** The stand-in program's report of a run that must succeed. */
  async report(env: Record<string, string> = {}): Promise<Report> {
    return parseReport(await this.run(["report"], env));
  }

  /**
   * As {@linkcode report} in a mount namespace of its own, as user `uid`; `before` and `after` are sh,
   * run as root.
   */
  async runIn(before: string, uid: number, after = ""): Promise<Ran> {
    const script = `set -e; mount -t tmpfs -o mode=1777 none /var/tmp; ${before}
      set +e; setpriv --reuid ${uid} --regid ${uid} --clear-groups -- "$0" report
      code=$?; ${after}
      exit $code`;
    return await finish(
      new Deno.Command("unshare", {
        args: ["--mount", "sh", "-c", script, this.executable],
        env: { PATH: Deno.env.get("PATH") ?? "", XDG_CACHE_HOME: this.cacheHome },
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
  }
}

async function finish(command: Deno.Command): Promise<Ran> {
  const child = command.spawn();
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr), pid: child.pid };
}

/** The descriptors that a child of this process has when it lists them. */
export function descriptorsOfChildren(): string[] {
  const { stdout } = new Deno.Command("ls", { args: ["/proc/self/fd"] }).outputSync();
  return new TextDecoder().decode(stdout).trim().split("\n");
}

/** The report that a run printed, which must have succeeded. */
export function parseReport(ran: Ran): Report {
  assert.equal(ran.code, 0, ran.stderr);
  return JSON.parse(ran.stdout);
}
