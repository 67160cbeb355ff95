/** The stream of a command whose far side is a shell, from its first byte until it is an agent's. */
import type { Transport } from "../agent/mod.ts";
import type { Bootstrap } from "./bootstrap.ts";

/** Bytes that a pipe holds: pipe(7). */
const PIPE_SIZE = 64 * 1024;

/** How a command ended. */
export interface CommandExit {
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly stderr: string;
  /** Whether the agent had been there. */
  readonly connected: boolean;
  /** What the far side printed that was not understood. */
  readonly heard: string;
}

/** The stream of a running command. */
export interface CommandTransport extends Transport {
  /** The last of what it wrote to standard error. */
  readonly stderr: string;
  /** Its exit status when it has ended; null when a signal ended it. */
  exited(): Promise<number | null>;
}

/** Bootstraps an agent, then carries its stream. */
export class BootstrappedTransport implements Transport {
  readonly #command: CommandTransport;
  readonly #bootstrap: Bootstrap;
  readonly #failure: (exit: CommandExit) => Error;
  #writtenAt: number | undefined;
  #rate: number | undefined;
  #ready = false;
  #greeted = false;

  /** @param failure The error for a command that ended by itself. */
  constructor(
    command: CommandTransport,
    bootstrap: Bootstrap,
    failure: (exit: CommandExit) => Error,
  ) {
    this.#command = command;
    this.#bootstrap = bootstrap;
    this.#failure = failure;
  }

  /** As fast as the rest of the agents got there that was still in the command's pipe; it may be faster. */
  get rate(): number | undefined {
    return this.#rate;
  }

  start(onBytes: (bytes: Uint8Array) => void, onEnd: (cause?: Error) => void): void {
    let refused: Error | undefined;
    this.#command.start((bytes) => {
      if (this.#ready) return onBytes(bytes);
      if (refused) return;
      try {
        this.#advance(bytes, onBytes);
      } catch (error) {
        refused = error as Error;
        this.#command.kill();
      }
    }, async () => onEnd(refused ?? await this.#ended()));
    this.#send(this.#bootstrap.opening);
  }

  write(bytes: Uint8Array): Promise<void> | void {
    return this.#command.write(bytes);
  }

  kill(): void {
    this.#command.kill();
  }

  /** Says that there is an agent, which ends by itself when it is told to. */
  greeted(): void {
    this.#greeted = true;
  }

  async close(): Promise<void> {
    if (!this.#greeted) this.#command.kill();
    await this.#command.close();
  }

  #advance(bytes: Uint8Array, onBytes: (bytes: Uint8Array) => void): void {
    const event = this.#bootstrap.push(bytes);
    if (event.state === "send") this.#send(event.bytes);
    if (event.state !== "ready") return;
    this.#ready = true;
    this.#measure();
    if (event.rest.length > 0) onBytes(event.rest);
  }

  async #send(bytes: Uint8Array): Promise<void> {
    await this.#command.write(bytes);
    this.#writtenAt = performance.now();
  }

  /** A command such as ssh takes nothing out of its pipe while it connects, so that time is not counted. */
  #measure(): void {
    if (this.#writtenAt === undefined) return;
    const rest = Math.min(this.#bootstrap.payloadLength, PIPE_SIZE);
    this.#rate = rest * 1000 / (performance.now() - this.#writtenAt);
  }

  async #ended(): Promise<Error> {
    const status = await this.#command.exited();
    const { stderr } = this.#command;
    return this.#failure({
      status,
      stderr,
      connected: this.#ready,
      heard: this.#bootstrap.heard,
    });
  }
}
