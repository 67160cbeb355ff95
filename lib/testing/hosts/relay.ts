/** A relay in front of a test host that plays a long or broken link. */
import { assetPath } from "../../assets/mod.ts";
import type { TestHost } from "./host.ts";

/** The direction of a link as the host sees it. */
export type Direction = "to-host" | "from-host" | "both";

/** What a relay does to its link. */
export interface RelayOptions {
  /** Delay each way, in milliseconds; fractions count. */
  delayMs?: number;
  /** The host's port; else that of sshd. */
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

  /** Starts a relay to a host. */
  static async start(host: TestHost, setup: RelaySetup, options: RelayOptions): Promise<Relay> {
    const { delayMs = 0, port: target = 22 } = options;
    const microseconds = String(Math.round(delayMs * 1000));
    const child = new Deno.Command(assetPath(Deno.build.arch, "relay"), {
      args: [setup.listenAddress, host.address, String(target), microseconds],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const answers = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const port = Number((await answers.read()).value);
    const sshConfig = await setup.writeSshConfig(port);
    return new Relay(child, answers, { address: setup.listenAddress, port, sshConfig });
  }

  /** Stops forwarding in a direction, without closing anything; what is under way stays in the relay. */
  async cut(direction: Direction): Promise<void> {
    await this.#command(`cut ${direction}`);
  }

  /** Forwards again in both directions, beginning with what was held. */
  async restore(): Promise<void> {
    await this.#command("restore");
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
