/** The format of a packed file, as native/unpack reads it. */
import { promisify } from "node:util";

/** Bytes of a piece when it is unpacked; native/unpack takes no more. */
const PIECE = 1 << 20;
const LEVEL = 6;
/** Pieces that are packed before they are asked for: each has a thread of its own while it is. */
const AHEAD = 4;

/** A piece as it is sent. */
export interface PackedPiece {
  /** Its bytes, a header before them. */
  readonly bytes: Uint8Array;
  /** Bytes when it is unpacked. */
  readonly size: number;
}

/** The pieces of a file, each packed once, when it is asked for first. */
export class PackedPieces {
  readonly #content: Uint8Array;
  readonly #pieces: Promise<PackedPiece>[] = [];

  constructor(content: Uint8Array) {
    this.#content = content;
  }

  /** All, and the end; some are packed while the ones before are sent. */
  async *[Symbol.asyncIterator](): AsyncGenerator<PackedPiece> {
    const count = Math.ceil(this.#content.length / PIECE);
    for (let index = 0; index < count; index++) {
      for (let next = index; next < Math.min(index + AHEAD, count); next++) this.#at(next);
      yield await this.#at(index);
    }
    yield { bytes: header(0, 0), size: 0 };
  }

  #at(index: number): Promise<PackedPiece> {
    return this.#pieces[index] ??= pack(this.#content.subarray(index * PIECE, (index + 1) * PIECE));
  }
}

async function pack(content: Uint8Array): Promise<PackedPiece> {
  // Loaded when something is packed, since that takes longer than loading the library.
  const { deflateRaw } = await import("node:zlib");
  const smaller = await promisify(deflateRaw)(content, { level: LEVEL });
  const stored = smaller.length < content.length ? smaller : content;
  const bytes = new Uint8Array(8 + stored.length);
  bytes.set(header(stored.length, content.length));
  bytes.set(stored, 8);
  return { bytes, size: content.length };
}

function header(stored: number, size: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, stored, true);
  view.setUint32(4, size, true);
  return bytes;
}
