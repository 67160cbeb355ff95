/** A process of a host, such as ssh or an agent, whose streams are carried by that host's own stream. */
import { AF, SIG, SOCK } from "../abi/mod.ts";
import type { ByteReader, ByteWriter } from "../agent/mod.ts";
import type { ChildProcess, Command, FileDescriptor, Thread, WaitStatus } from "../thread/mod.ts";
import type { CommandTransport } from "./bootstrapped_transport.ts";
import { restOfStderr } from "./patience.ts";

/** Milliseconds that the process may take to end by itself once its input or output has ended. */
const GRACE = 5000;

/** A transport over streams of another host. */
export class NestedTransport implements CommandTransport {
  readonly #process: ChildProcess;
  readonly #reader: ByteReader;
  readonly #writer: ByteWriter;
  readonly #stays: boolean;

  /**
   * Owns both streams and the process.
   *
   * @param stays Whether the process is to outlive the streams; then it owns these only.
   */
  constructor(process: ChildProcess, reader: ByteReader, writer: ByteWriter, stays = false) {
    this.#process = process;
    this.#stays = stays;
    this.#reader = reader;
    this.#writer = writer;
  }

  /** Runs a command on the host of `thread` and talks to its standard input and output. */
  static async run(thread: Thread, command: Command, name: string): Promise<NestedTransport> {
    const { inner, reader, writer } = await openChannel(thread);
    try {
      const fds = { 0: inner, 1: inner };
      const process = await thread.spawn(command, { name, fds });
      return new NestedTransport(process, reader, writer);
    } catch (error) {
      reader.close();
      writer.close().catch(() => {});
      throw error;
    } finally {
      await inner.close();
    }
  }

  /** Inside this machine nothing waits; of the link of another one nothing is known here. */
  get rate(): number | undefined {
    return this.#process.host.local ? Infinity : undefined;
  }

  /** The last lines that it wrote to standard error. */
  get stderr(): string {
    return this.#process.log?.tail.join("\n") ?? "";
  }

  async exited(): Promise<number | null> {
    const status = await this.#end().catch(() => undefined);
    await restOfStderr(this.#process.log?.ended);
    return status?.kind === "exited" ? status.status : null;
  }

  /** Also all that is in its process group, if it leads one. */
  kill(): void {
    if (this.#stays) return;
    const alone = () => this.#process.kill(SIG.KILL);
    this.#process.kill(SIG.KILL, { group: true }).catch(alone).catch(() => {});
  }

  start(onBytes: (bytes: Uint8Array) => void, onEnd: (cause?: Error) => void): void {
    this.#read(onBytes).then(onEnd);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes).catch(() => {});
  }

  async close(): Promise<void> {
    this.#writer.close().catch(() => {});
    if (!this.#stays) await this.#end().catch(() => {});
    this.#reader.close();
  }

  /** How it ended: by itself, or killed when it took too long; its host may never say. */
  async #end(): Promise<WaitStatus> {
    const late = setTimeout(() => this.kill(), GRACE);
    const signal = AbortSignal.timeout(2 * GRACE);
    return await this.#process.wait({ signal }).finally(() => clearTimeout(late));
  }

  async #read(onBytes: (bytes: Uint8Array) => void): Promise<Error | undefined> {
    try {
      for await (const bytes of this.#reader) onBytes(bytes);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }
}

/** One end of a socket pair on the thread's host, whose other end is the two streams. */
export async function openChannel(
  thread: Thread,
): Promise<{ inner: FileDescriptor; reader: ByteReader; writer: ByteWriter }> {
  return await thread.batch((b) => {
    const { first, second } = b.socketpair(AF.UNIX, SOCK.STREAM);
    const reader = b.reader(first);
    const writer = b.writer(first);
    b.close(first);
    return { inner: second, reader, writer };
  });
}
