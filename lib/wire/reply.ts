/** The body of a REPLY frame, read with every length checked. */
import type { Output } from "./batch.ts";
import { REPLY } from "./constants.ts";
import { LocalProtocolError, RemoteProtocolError } from "./errors.ts";
import { int64 } from "./frame.ts";

const HEAD = 8;

/** The results of a batch. */
export class Reply {
  readonly #view: DataView;
  readonly #body: Uint8Array;
  readonly #outputs: readonly Output[];
  /** Where the ranges begin, once any is asked for. */
  #places: ReadonlyMap<Output, number> | undefined;
  /** How many calls have a result; the last one is the failure if the batch was cut short. */
  readonly done: number;
  /** One of {@linkcode REPLY}. */
  readonly status: number;

  /**
   * @param outputs In the order in which the encoder gives them.
   * @throws {RemoteProtocolError} If the body is not a reply to a batch of `calls` calls with these
   * outputs.
   */
  constructor(body: Uint8Array, calls: number, outputs: readonly Output[]) {
    if (body.length < HEAD) {
      throw new RemoteProtocolError("The agent sent a reply without a header");
    }
    this.#view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    this.#body = body;
    this.#outputs = outputs;
    this.done = this.#view.getUint32(0, true);
    this.status = this.#view.getUint32(4, true);
    if (this.done > calls || this.status > REPLY.REFUSED || !this.#hasItsLength()) {
      throw new RemoteProtocolError("The agent sent a reply that does not fit its batch");
    }
  }

  /** The error if nothing was run, since the batch breaks a rule of the protocol: it says which. */
  refusal(host: string): LocalProtocolError | undefined {
    if (this.status !== REPLY.REFUSED) return undefined;
    const why = new TextDecoder().decode(this.#body.subarray(HEAD));
    return new LocalProtocolError(`Host ${host} refused a batch, and ran nothing of it: ${why}`);
  }

  /** The result of a call that was run: a value, or a negative errno. */
  result(index: number): number {
    return int64(this.#view, HEAD + index * 8);
  }

  /** The bytes of an output range. */
  output(output: Output): Uint8Array {
    const at = (this.#places ??= this.#findPlaces()).get(output);
    if (at === undefined) throw new LocalProtocolError("This output is not of this batch");
    return this.#body.subarray(at, at + this.#length(output));
  }

  #findPlaces(): ReadonlyMap<Output, number> {
    const places = new Map<Output, number>();
    let at = HEAD + this.done * 8;
    for (const output of this.#outputs) {
      places.set(output, at);
      at += this.#length(output);
    }
    return places;
  }

  #hasItsLength(): boolean {
    const results = HEAD + this.done * 8;
    if (this.status === REPLY.REFUSED) return this.done === 0;
    if (this.status !== REPLY.RAN) return this.#body.length === results;
    return this.#outputs.reduce((sum, output) => sum + this.#length(output), results) ===
      this.#body.length;
  }

  #length({ length, limit }: Output): number {
    if (limit === undefined) return length;
    if (limit >= this.done || HEAD + limit * 8 + 8 > this.#body.length) return 0;
    return Math.max(0, Math.min(length, this.result(limit)));
  }
}
