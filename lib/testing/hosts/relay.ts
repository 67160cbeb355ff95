/** A relay in front of a test host that plays a slow, long or broken link. */
import { filePath } from "../../assets/mod.ts";
import type { TestHost } from "./host.ts";

const PROGRAMS = {
  x86_64: new URL("../../../dist/native/x86_64/relay", import.meta.url),
  aarch64: new URL("../../../dist/native/aarch64/relay", import.meta.url),
};

/** The direction of a link as the host sees it. */
export type Direction = "to-host" | "from-host" | "both";

/** What a relay does to its link. */
export interface RelayOptions {
  /** Milliseconds that a byte takes each way; fractions count. @default 0 */
  delay?: number;
  /** Bytes a second, each way, for all connections together. @default no limit */
  rate?: number;
  /** Bytes that wait for their turn, each way, before the sender is held back. @default a second's worth */
  queue?: number;
  /** The host's port. @default 22, which is that of sshd */
  port?: number;
}

/** How the network's ssh configuration is told of a relay. */
export interface RelaySetup {
  readonly listenAddress: string;
  writeSshConfig(port: number): Promise<string>;
}

/** A TCP relay in a process of its own; see native/relay/relay.c for what it does exactly. */
export class Relay {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;
  #last: Promise<void> = Promise.resolve();

  /** Where it listens; this machine and every test host can connect. */
  readonly address: string;
  readonly port: number;
  /** ssh_config(5) file in which the host's name leads through the relay. */
  readonly sshConfig: string;

  private constructor(
    child: Deno.ChildProcess,
    answers: ReadableStreamDefaultReader<string>,
    place: { address: string; port: number; sshConfig: string },
  ) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#answers = answers;
    this.address = place.address;
    this.port = place.port;
    this.sshConfig = place.sshConfig;
  }

  /**
   * Starts a relay to a host.
   *
   * @throws {RangeError} If an option is not a number that a link can have.
   */
  static async start(host: TestHost, setup: RelaySetup, options: RelayOptions): Promise<Relay> {
    const { port: target = 22 } = options;
    const child = new Deno.Command(filePath(PROGRAMS[Deno.build.arch]), {
      args: [setup.listenAddress, host.address, String(target), ...shape(options)],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const answers = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const port = Number((await answers.read()).value);
    const sshConfig = await setup.writeSshConfig(port);
    return new Relay(child, answers, { address: setup.listenAddress, port, sshConfig });
  }

  /** Holds everything in a direction; nothing is closed, so both ends see silence. */
  async stall(direction: Direction): Promise<void> {
    await this.#command(`stall ${direction}`);
  }

  /** Goes on in both directions, beginning with what was held. */
  async resume(): Promise<void> {
    await this.#command("resume");
  }

  /** Loses the connections of now: they are silent for ever, and those made later work. */
  async cut(): Promise<void> {
    await this.#command("cut");
  }

  /** Ends the relay and its connections: both ends see them close. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#writer.close().catch(() => {});
    await this.#answers.cancel().catch(() => {});
    await this.#child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** One at a time, so that each answer is its command's. */
  async #command(line: string): Promise<void> {
    const mine = this.#last.then(async () => {
      await this.#writer.write(new TextEncoder().encode(`${line}\n`));
      const { value } = await this.#answers.read();
      if (value !== "ok\n") {
        throw new Error(`Cannot make the relay do "${line}": ${value ?? "it is gone"}`);
      }
    });
    this.#last = mine;
    await mine;
  }
}

/** The relay's arguments for how its link is. */
function shape({ delay = 0, rate = 0, queue = rate }: RelayOptions): string[] {
  for (const [name, value] of Object.entries({ delay, rate, queue })) {
    if (!(value >= 0 && value < 2 ** 40)) {
      throw new RangeError(`Cannot make a relay with a ${name} of ${value}`);
    }
  }
  return [delay * 1000, rate, queue].map((value) => String(Math.round(value)));
}
