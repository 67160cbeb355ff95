/** A process of this machine, such as ssh, whose standard input and output lead to an agent. */
import type { CommandTransport } from "./bootstrapped_transport.ts";
import { restOfStderr } from "./patience.ts";

/** Bytes of standard error that are kept, for errors to quote. */
const STDERR_LIMIT = 8192;
/** Milliseconds that the process may take to end by itself once its input or output has ended. */
const GRACE = 5000;

/**
 * A transport over the standard streams of a process.
 *
 * The process leads a session of its own: a Ctrl-C at the program's terminal is the program's, which then
 * stops the system in order, and must not end the way to a host before. What the process starts is in its
 * group, and is killed with it.
 */
export class ProcessTransport implements CommandTransport {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #stdout: ReadableStreamDefaultReader<Uint8Array>;
  readonly #stderrReader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #stderrEnded: Promise<void>;
  #stdoutEnded: Promise<void> = Promise.resolve();
  #stderr = "";
  #over = false;

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
      detached: true,
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#stdout = this.#child.stdout.getReader();
    this.#stderrReader = this.#child.stderr.getReader();
    this.#child.status.then(() => this.#over = true);
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
    const { code, signal } = await this.#endInTime();
    await restOfStderr(this.#stderrEnded);
    return signal === null ? code : null;
  }

  start(onBytes: (bytes: Uint8Array) => void, onEnd: (cause?: Error) => void): void {
    this.#stdoutEnded = this.#read(onBytes).then(onEnd);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes).catch(() => {});
  }

  async close(): Promise<void> {
    this.#writer.close().catch(() => {});
    await this.#endInTime();
    // Something that outlives the process may hold its streams.
    await Promise.all([this.#stdout.cancel(), this.#stderrReader.cancel()]);
    await Promise.all([this.#stdoutEnded, this.#stderrEnded]);
  }

  /** Also all that is in its process group, whose number is its own as long as it was not waited for. */
  kill(): void {
    try {
      if (!this.#over) Deno.kill(-this.pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }

  async #endInTime(): Promise<Deno.CommandStatus> {
    const late = setTimeout(() => this.kill(), GRACE);
    const status = await this.#child.status;
    clearTimeout(late);
    return status;
  }

  async #read(onBytes: (bytes: Uint8Array) => void): Promise<Error | undefined> {
    try {
      for (let next; !(next = await this.#stdout.read()).done;) onBytes(next.value);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  async #keepStderr(): Promise<void> {
    const decoder = new TextDecoder();
    for (let next; !(next = await this.#stderrReader.read()).done;) {
      const text = decoder.decode(next.value, { stream: true });
      this.#stderr = (this.#stderr + text).slice(-STDERR_LIMIT);
    }
  }
}
