/** Batches: calls that are sent together and run in order, in one round trip. */
import type { BatchEncoder, Output, Reply } from "../wire/mod.ts";
import type { BatchMethods, Call } from "./call.ts";
import type { FileDescriptor } from "./descriptor.ts";
import { CallEncoder, type Streams } from "./encoder.ts";
import { ALL, type Calls, install } from "./methods.ts";
import { type Answer, resolve, type Resolved } from "./result.ts";
import type { DescriptorTable } from "./table.ts";

let begin: (table: DescriptorTable, streams: Streams) => Batch;
let finish: <T>(
  batch: Batch,
  value: T,
  run: (encoded: BatchEncoder) => Promise<Reply>,
  stopped: (reply: Reply) => void,
) => Promise<Resolved<T>>;
let giveUp: (batch: Batch, error: unknown) => void;

/**
 * Everything that a batch can hold: a method for each call, as on {@linkcode SyscallThread} and
 * {@linkcode FileDescriptor}, that returns what its result will be.
 */
export class Batch extends CallEncoder {
  static {
    begin = (table, streams) => new Batch(table, streams);
    finish = (batch, ...rest) => batch.#finish(...rest);
    giveUp = (batch, error) => batch.settle(undefined, error);
  }

  /** Adds a call that was made as a value. */
  add<F>(call: Call<F>): F {
    return call.mayFail ? this.proceeding(() => call.encode(this)) : call.encode(this);
  }

  async #finish<T>(
    value: T,
    run: (encoded: BatchEncoder) => Promise<Reply>,
    stopped: (reply: Reply) => void,
  ): Promise<Resolved<T>> {
    let reply: Reply | undefined;
    const answered = { discarded: [] as FileDescriptor[] };
    try {
      reply = await run(this.encoded);
      stopped(reply);
      this.check(reply);
      const resolved = resolve(value, answerOf(reply, answered.discarded));
      this.settle(reply, undefined);
      return resolved;
    } catch (error) {
      this.settle(reply, error);
      await Promise.allSettled(answered.discarded.map((fd) => fd.close()));
      throw error;
    }
  }
}

/** Calls as methods; see {@linkcode Batch}. */
export interface Batch extends BatchMethods<Calls> {}

install(Batch, ALL, (batch, call) => batch.add(call));

function answerOf(reply: Reply, discarded: FileDescriptor[]): Answer {
  return {
    result: (index: number) => reply.result(index),
    output: (output: Output) => reply.output(output),
    discard: (fd: FileDescriptor) => discarded.push(fd),
  };
}

export {
  /** An empty batch for a table. */
  begin,
  /** Runs a batch, and makes values of what `value` holds. */
  finish,
  /** Takes back what a batch has begun that was never sent. */
  giveUp,
};
