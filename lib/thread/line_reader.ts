/** Lines of a stream, one at a time. */
import type { ByteReader } from "../agent/mod.ts";

const NEWLINE = 10;
const MOST = 1 << 20;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads a stream line by line.
 *
 * @example
 * ```ts
 * import { Command, LineReader, type Thread } from "bailiwick";
 *
 * async function greeting(thread: Thread): Promise<string | undefined> {
 *   const { read, write } = await thread.pipe();
 *   await using child = await thread.spawn(new Command("echo", ["hello"]), { fds: { 1: write } });
 *   const lines = new LineReader(await read.reader());
 *   await Promise.all([read.close(), write.close()]);
 *   const line = await lines.readLine();
 *   await child.wait();
 *   return line;
 * }
 * ```
 */
export class LineReader {
  readonly #reader: ByteReader;
  readonly #most: number;
  /** What came and was not read as lines; only the last piece may hold newlines. */
  #pieces: Uint8Array[] = [];
  #length = 0;

  /**
   * @param reader Only this object reads it from now on.
   * @param options `most`: bytes of the longest line, a MiB unless it says otherwise.
   */
  constructor(reader: ByteReader, { most = MOST }: { most?: number } = {}) {
    this.#reader = reader;
    this.#most = most;
  }

  /**
   * The next line without its newline, or undefined at the end. What stands behind the last newline is a
   * line, too. Bytes that are no UTF-8 become U+FFFD.
   *
   * @throws {RangeError} If a line is longer than `most`; nothing can be read afterwards.
   * @throws What {@linkcode ByteReader.read} throws.
   */
  async readLine(options: { signal?: AbortSignal | undefined } = {}): Promise<string | undefined> {
    for (;;) {
      const last = this.#pieces.at(-1);
      const newline = last?.indexOf(NEWLINE) ?? -1;
      this.#check(last && newline >= 0 ? last.length - newline : 0);
      if (last && newline >= 0) return this.#take(last, newline);
      const bytes = await this.#reader.read(options);
      if (bytes === undefined) return this.#rest();
      if (bytes.length === 0) continue;
      this.#pieces.push(bytes);
      this.#length += bytes.length;
    }
  }

  /** Each line up to the end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for (let line; (line = await this.readLine()) !== undefined;) yield line;
  }

  /** Fails if what came, but for so many bytes that follow it, is too long for a line. */
  #check(following: number): void {
    if (this.#length - following <= this.#most) return;
    this.#reader.close();
    throw new RangeError(`A line is longer than ${this.#most} bytes`);
  }

  /** The line that ends in the last piece; what follows it there is kept. */
  #take(last: Uint8Array, newline: number): string {
    this.#pieces[this.#pieces.length - 1] = last.subarray(0, newline);
    const line = this.#text();
    const rest = last.subarray(newline + 1);
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
    return line;
  }

  #rest(): string | undefined {
    if (this.#length === 0) return undefined;
    const line = this.#text();
    this.#pieces = [];
    this.#length = 0;
    return line;
  }

  #text(): string {
    if (this.#pieces.length === 1) return utf8.decode(this.#pieces[0]);
    const joined = new Uint8Array(this.#pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of this.#pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    return utf8.decode(joined);
  }
}
