/** What OpenSSH does by itself, for comparison. */

/** Runs `ssh HOST true`. */
export async function sshTrue(config: string, host: string): Promise<void> {
  await succeed(["ssh", "-F", config, host, "true"]);
}

/** Runs a program to its end. */
export async function succeed(
  [program, ...args]: readonly [string, ...string[]],
): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
  if (!success) throw new Error(`${program} failed: ${new TextDecoder().decode(stderr)}`);
}

/** Runs two programs, the first's output being the second's input. */
export async function pipeline(
  from: readonly [string, ...string[]],
  to: readonly [string, ...string[]],
): Promise<void> {
  const source = new Deno.Command(from[0], { args: from.slice(1), stdout: "piped" }).spawn();
  const target = new Deno.Command(to[0], { args: to.slice(1), stdin: "piped" }).spawn();
  await source.stdout.pipeTo(target.stdin);
  const [a, b] = await Promise.all([source.status, target.status]);
  if (!a.success || !b.success) throw new Error(`${from[0]} | ${to[0]} failed`);
}

/** Services per second, started one by one through one master connection. */
export async function viaMaster(config: string, host: string, count: number): Promise<number> {
  const directory = await Deno.makeTempDir();
  const control = ["ssh", "-F", config, "-S", `${directory}/control`] as const;
  try {
    await succeed([...control, "-M", "-N", "-f", host]);
    const begin = performance.now();
    for (let i = 0; i < count; i++) {
      await succeed([...control, host, "mkdir -p /tmp/work; cd /tmp/work; /bin/true >/dev/null &"]);
    }
    const rate = count * 1000 / (performance.now() - begin);
    await succeed([...control, "-O", "exit", host]);
    return rate;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** An open ssh that echoes. */
export class SshEcho implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(config: string, host: string) {
    this.#child = new Deno.Command("ssh", {
      args: ["-F", config, "-T", host, "exec cat"],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.getReader();
  }

  /** Sends one byte and waits for it. */
  async roundTrip(): Promise<void> {
    await this.#writer.write(new Uint8Array(1));
    const { done } = await this.#reader.read();
    if (done) throw new Error("ssh ended");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.#reader.cancel();
    await this.#child.status;
  }
}
