/** Batches: calls that are sent together and run in order, in one round trip. */
import type { BatchEncoder, Output, Reply } from "../wire/mod.ts";
import { type BatchMethods, type Call, checkCall } from "./call.ts";
import type { FileDescriptor } from "./descriptor.ts";
import { CallEncoder, type Streams } from "./encoder.ts";
import { ALL, type Calls, install } from "./methods.ts";
import { type BatchReply, resolve, type Resolved } from "./result.ts";
import type { DescriptorTable } from "./table.ts";

let begin: (table: DescriptorTable, streams: Streams) => Batch;
let encodedOf: (batch: Batch) => BatchEncoder;
let finish: <T>(batch: Batch, value: T, reply: Reply) => Resolved<T>;
let whatOf: (batch: Batch, index: number) => string;
let fail: (batch: Batch, reply: Reply | undefined, error: unknown) => Promise<void>;

/**
 * Everything that a batch can hold: a method for each call, as on {@linkcode SyscallThread} and
 * {@linkcode FileDescriptor}, that returns what its result will be.
 */
export class Batch extends CallEncoder {
  #discarded: FileDescriptor[] | undefined;

  static {
    begin = (table, streams) => new Batch(table, streams);
    encodedOf = (batch) => batch.encoded;
    whatOf = (batch, index) => batch.what(index);
    finish = (batch, value, reply) => batch.#finish(value, reply);
    fail = (batch, reply, error) => batch.#fail(reply, error);
  }

  /** Adds a call that was made as a value. */
  add<F>(call: Call<F>): F {
    checkCall(call, "What a thread or a batch runs");
    return call.mayFail ? this.proceeding(() => call.encode(this)) : call.encode(this);
  }

  #finish<T>(value: T, reply: Reply): Resolved<T> {
    this.check(reply);
    const discarded = this.#discarded = [];
    const resolved = resolve(value, new BatchAnswer(reply, discarded));
    this.settle(reply, undefined);
    return resolved;
  }

  async #fail(reply: Reply | undefined, error: unknown): Promise<void> {
    this.settle(reply, error);
    await Promise.allSettled((this.#discarded ?? []).map((fd) => fd.close()));
  }
}

/** Calls as methods; see {@linkcode Batch}. */
export interface Batch extends BatchMethods<Calls> {}

install(Batch, ALL, ({ encode }) =>
  function (...args) {
    return encode(this, ...args);
  });

class BatchAnswer implements BatchReply {
  readonly #reply: Reply;
  readonly #discarded: FileDescriptor[];

  constructor(reply: Reply, discarded: FileDescriptor[]) {
    this.#reply = reply;
    this.#discarded = discarded;
  }

  result(index: number): number {
    return this.#reply.result(index);
  }

  output(output: Output): Uint8Array {
    return this.#reply.output(output);
  }

  discard(fd: FileDescriptor): void {
    this.#discarded.push(fd);
  }
}

export {
  /** An empty batch for a table. */
  begin,
  /** What is sent. */
  encodedOf,
  /** Takes back what a batch has begun that did not happen, and closes what is nobody's. */
  fail,
  /** Makes values of what a batch's function returned; throws what ended the batch early. */
  finish,
  /** What is tried by a call of a batch, for errors. */
  whatOf,
};
