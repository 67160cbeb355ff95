/** What a command writes, up to a limit, and why it is given up. */
import { type ByteReader, concat } from "../agent/mod.ts";

/** A command is given up; the message goes on after its name: "did not end within 5 s". */
export class GivenUpError extends Error {
  override readonly name = "GivenUpError";
}

/** Collects a stream. */
export class Collected {
  readonly #what: string;
  readonly #limit: number;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  /** @param what The stream's name in errors. */
  constructor(what: string, limit: number) {
    this.#what = what;
    this.#limit = limit;
  }

  /** How many bytes came. */
  get length(): number {
    return this.#length;
  }

  /** What came, never more than the limit. */
  get bytes(): Uint8Array {
    return concat(this.#pieces);
  }

  /**
   * Reads to the end.
   *
   * @throws {GivenUpError} If there is more than the limit.
   */
  async fill(reader: ByteReader): Promise<void> {
    for (let piece; (piece = await reader.read()) !== undefined;) {
      const room = this.#limit - this.#length;
      this.#length += Math.min(room, piece.length);
      this.#pieces.push(piece.length <= room ? piece : piece.subarray(0, room));
      if (piece.length > room) {
        throw new GivenUpError(
          `wrote more than ${this.#limit} bytes to ${this.#what}, the limit of its run`,
        );
      }
    }
  }
}
