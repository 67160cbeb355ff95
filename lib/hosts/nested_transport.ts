/** A process of a host, such as ssh or an agent, whose streams are carried by that host's own stream. */
import type { ByteReader, ByteWriter, Transport } from "../agent/mod.ts";
import type { ChildProcess } from "../thread/mod.ts";

/** Milliseconds that the process may take to end by itself once its input has ended. */
const GRACE = 5000;

/** A transport over streams of another host. */
export class NestedTransport implements Transport {
  readonly #process: ChildProcess;
  readonly #reader: ByteReader;
  readonly #writer: ByteWriter;

  /** Owns both streams and the process. */
  constructor(process: ChildProcess, reader: ByteReader, writer: ByteWriter) {
    this.#process = process;
    this.#reader = reader;
    this.#writer = writer;
  }

  /** The last lines that it wrote to standard error. */
  get stderr(): string {
    return this.#process.log?.tail.join("\n") ?? "";
  }

  /** How it ended, when it has, and all that it wrote to standard error is there. */
  async exited(): Promise<{ code: number; signal: string | null }> {
    const status = await this.#process.wait();
    await this.#process.log?.ended;
    return { code: status.kind === "exited" ? status.status : 128 + status.status, signal: null };
  }

  start(onBytes: (bytes: Uint8Array) => void, onEnd: (cause?: Error) => void): void {
    this.#read(onBytes).then(onEnd);
  }

  write(bytes: Uint8Array): void {
    this.#writer.write(bytes).catch(() => {});
  }

  async close(): Promise<void> {
    await this.#writer.close().catch(() => {});
    if (!this.#process.host.lost) await this.#end();
    this.#reader.close();
  }

  async #end(): Promise<void> {
    try {
      await this.#process.wait({ signal: AbortSignal.timeout(GRACE) });
    } catch {
      await this.#process[Symbol.asyncDispose]();
    }
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
