/** What a command has written, and how it ended. */
import type { WaitStatus } from "./child_process.ts";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** What a command that was run to its end has left: see {@linkcode CommandThread.run}. */
export class CommandOutput {
  readonly status: WaitStatus;
  readonly #stdout: Uint8Array;
  readonly #stderr: Uint8Array;

  constructor(status: WaitStatus, stdout: Uint8Array, stderr: Uint8Array) {
    this.status = status;
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  /** Its standard output as text; bytes that are no UTF-8 become U+FFFD. */
  get stdout(): string {
    return utf8.decode(this.#stdout);
  }

  /** Its standard error as text. */
  get stderr(): string {
    return utf8.decode(this.#stderr);
  }

  /** The lines of its standard output, without their ends. */
  get lines(): string[] {
    const lines = this.stdout.split("\n");
    if (lines.at(-1) === "") lines.pop();
    return lines;
  }

  /** Its standard output as it was written. */
  get stdoutBytes(): Uint8Array {
    return this.#stdout;
  }

  /** Its standard error as it was written. */
  get stderrBytes(): Uint8Array {
    return this.#stderr;
  }
}
