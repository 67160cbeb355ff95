/** A process of this machine, such as ssh, whose standard input and output lead to an agent. */
import type { CommandTransport } from "./bootstrapped_transport.ts";

/** Bytes of standard error that are kept, for errors to quote. */
const STDERR_LIMIT = 8192;
/** Milliseconds that the process may take to end by itself once its input has ended. */
const GRACE = 5000;

/** A transport over the standard streams of a process. */
export class ProcessTransport implements CommandTransport {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #stderrEnded: Promise<void>;
  #stdoutEnded: Promise<void> = Promise.resolve();
  #stderr = "";

  /**
   * @param argv The program and its arguments; never a shell's text.
   * @throws {Deno.errors.NotFound} If there is no such program.
   */
  constructor(argv: readonly string[]) {
    this.#child = new Deno.Command(argv[0]!, {
      args: argv.slice(1),
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#stderrEnded = this.#keepStderr();
  }

  /** What it wrote to standard error: the last 8 KiB. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Its process id on this machine. */
  get pid(): number {
    return this.#child.pid;
  }

  async exited(): Promise<number | null> {
    await this.#stderrEnded;
    const { code, signal } = await this.#child.status;
    return signal === null ? code : null;
  }

  start(onBytes: (bytes: Uint8Array) => void, onEnd: (cause?: Error) => void): void {
    this.#stdoutEnded = this.#read(onBytes).then(onEnd);
  }

  write(bytes: Uint8Array): void {
    this.#writer.write(bytes).catch(() => {});
  }

  async close(): Promise<void> {
    const late = setTimeout(() => this.kill(), GRACE);
    await this.#writer.close().catch(() => {});
    await this.#child.status;
    clearTimeout(late);
    await Promise.all([this.#stdoutEnded, this.#stderrEnded]);
    if (!this.#child.stdout.locked) await this.#child.stdout.cancel();
  }

  kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }

  async #read(onBytes: (bytes: Uint8Array) => void): Promise<Error | undefined> {
    try {
      for await (const bytes of this.#child.stdout) onBytes(bytes);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  async #keepStderr(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#child.stderr) {
      this.#stderr = (this.#stderr + decoder.decode(bytes, { stream: true })).slice(-STDERR_LIMIT);
    }
  }
}
