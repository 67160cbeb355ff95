/** One test host: namespaces of its own, with nothing in them but sshd. */
import { type Output, output, run } from "./command.ts";
import { descendants, type HostProcess } from "./processes.ts";

const WRITABLE = ["root", "home", "run", "tmp", "var/tmp", "dev/shm"];
const LOG_LIMIT = 64 * 1024;

/** Where a host is in its network. */
export interface TestHostPlace {
  readonly name: string;
  readonly address: string;
  readonly address6: string;
  /** Name of the host's veth on this machine's side. */
  readonly link: string;
  /** The directory of the network's files. */
  readonly directory: string;
}

/** A machine for tests: own network, processes, host name, and private writable places. */
export class TestHost {
  readonly #child: Deno.ChildProcess;
  readonly #place: TestHostPlace;
  #log = "";
  #logEnd: Promise<void> = Promise.resolve();
  #pid = 0;
  #fresh: ReadonlySet<string> = new Set();
  #listening = Promise.withResolvers<void>();

  private constructor(place: TestHostPlace) {
    this.#place = place;
    const script = decodeURIComponent(new URL("host.sh", import.meta.url).pathname);
    // The host must not outlive this process, and unshare's child dies with unshare.
    const namespaces = ["setpriv", "--pdeathsig", "KILL", "unshare", "-m", "-n", "-p", "-u", "-f"];
    const { name, address, address6, link, directory } = place;
    const args = [directory, name, address, address6, link, `/proc/${Deno.pid}/ns/net`];
    this.#child = new Deno.Command(namespaces[0]!, {
      args: [...namespaces.slice(1), "--kill-child=KILL", "sh", script, ...args],
      clearEnv: true,
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Starts a host and returns once its sshd listens; its link is not on the bridge yet. */
  static async start(place: TestHostPlace): Promise<TestHost> {
    const host = new TestHost(place);
    try {
      await host.#start();
      return host;
    } catch (error) {
      await host.stop();
      throw error;
    }
  }

  async #start(): Promise<void> {
    this.#listening.promise.catch(() => {});
    this.#logEnd = this.#readLog();
    this.#pid = await this.#readPid();
    await this.#listening.promise;
    this.#fresh = new Set(await this.#allFiles());
  }

  get name(): string {
    return this.#place.name;
  }

  get address(): string {
    return this.#place.address;
  }

  /** Its IPv6 address. */
  get address6(): string {
    return this.#place.address6;
  }

  /** Process id, on this machine, of the host's first process, which is its sshd. */
  get pid(): number {
    return this.#pid;
  }

  /** Path of the host's network namespace, as `nsenter --net=` takes it. */
  get netns(): string {
    return `/proc/${this.#pid}/ns/net`;
  }

  /** The host's root directory as seen from this machine. */
  get root(): string {
    return `/proc/${this.#pid}/root`;
  }

  /** What sshd said, its last 64 KiB. */
  get log(): string {
    return this.#log;
  }

  /** Runs a command inside, as root, around ssh. */
  async run(argv: readonly string[], input = ""): Promise<Output> {
    return await output(
      ["nsenter", "-t", String(this.#pid), "-m", "-n", "-p", "-u", ...argv],
      input,
    );
  }

  /** Mounts one of the host's writable places again with these options, such as "noexec". */
  async remount(path: string, options: string): Promise<void> {
    const { code, stderr } = await this.run(["mount", "-o", `remount,${options}`, path]);
    if (code !== 0) throw new Error(`Cannot remount ${path} of ${this.name}: ${stderr.trim()}`);
  }

  /** Everything that runs on the host beside its listening sshd, zombies and containers included. */
  async processes(): Promise<HostProcess[]> {
    return await descendants(this.#pid);
  }

  /** Process ids, on this machine, of {@linkcode TestHost.processes}. */
  async pidsInside(): Promise<number[]> {
    return (await this.processes()).map((process) => process.pid);
  }

  /** The files in the host's writable places that were not there when it was made. */
  async files(): Promise<string[]> {
    return (await this.#allFiles()).filter((path) => !this.#fresh.has(path));
  }

  /**
   * Returns once nothing runs on the host and no new file is there.
   *
   * @throws {Error} If there still is after the time; the message lists it.
   */
  async untilEmpty(milliseconds = 10_000): Promise<void> {
    const deadline = performance.now() + milliseconds;
    for (;;) {
      const [processes, files] = await Promise.all([this.processes(), this.files()]);
      if (processes.length + files.length === 0) return;
      if (performance.now() > deadline) {
        const listed = processes.map((p) => `process ${p.pid} ${p.state} ${p.command}`);
        throw new Error(`Left on ${this.name}:\n${[...listed, ...files].join("\n")}`);
      }
      // The kernel has no event for "a process tree is empty".
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Bytes that the host's cable has carried to it, headers and all. */
  async bytesReceived(): Promise<number> {
    const path = `/sys/class/net/${this.#place.link}/statistics/tx_bytes`;
    return Number(await Deno.readTextFile(path));
  }

  /** Cuts the host's cable: packets are dropped and nobody is told. */
  async linkDown(): Promise<void> {
    await run(["ip", "link", "set", this.#place.link, "down"]);
  }

  /** Puts the cable back. */
  async linkUp(): Promise<void> {
    await run(["ip", "link", "set", this.#place.link, "up"]);
  }

  /** Kills everything on the host and returns when it is gone. Stopping twice is fine. */
  async stop(): Promise<void> {
    try {
      // The end of a PID namespace's first process is seen only after that of all others in it.
      Deno.kill(this.#pid || this.#child.pid, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof TypeError)) throw error;
    }
    await this.#child.status;
    await this.#logEnd;
  }

  /** The first line; the pipe itself stays open in unshare as long as the host lives. */
  async #readPid(): Promise<number> {
    const reader = this.#child.stdout.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    return Number(new TextDecoder().decode(value));
  }

  async #readLog(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#log = (this.#log + text).slice(-LOG_LIMIT);
      if (this.#log.includes("Server listening on")) this.#listening.resolve();
    }
    this.#listening.reject(new Error(`Cannot start ${this.name}: ${this.#log.trim()}`));
  }

  async #allFiles(): Promise<string[]> {
    const lists = WRITABLE.map((place) => listFiles(this.root, `/${place}`));
    return (await Promise.all(lists)).flat();
  }
}

async function listFiles(root: string, directory: string): Promise<string[]> {
  try {
    const found: string[] = [];
    for await (const entry of Deno.readDir(root + directory)) {
      const path = `${directory}/${entry.name}`;
      found.push(path);
      if (entry.isDirectory) found.push(...await listFiles(root, path));
    }
    return found;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return []; // Removed meanwhile.
    throw error;
  }
}
