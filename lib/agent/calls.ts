/** The requests of threads: batches of calls, and clones. */
import { type BatchEncoder, encodeClone, FRAME, HEADER_SIZE, Reply, WIRE } from "../wire/mod.ts";
import { SyscallError } from "./errors.ts";
import { type Requests, resultOf } from "./requests.ts";
import type { Threads } from "./threads.ts";

/** Runs a batch; {@linkcode AgentConnection.call} says how it ends. */
export function call(
  requests: Requests,
  thread: number,
  batch: BatchEncoder,
  signal: AbortSignal | undefined,
): Promise<Reply> {
  const { calls, outputs } = batch;
  const seq = requests.next();
  const pieces = batch.finishInPieces(thread, seq);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const takeBack = requests.post({
    thread,
    seq,
    footprint: length + batch.spaceLength,
    frame: { pieces, keys: [thread], bulk: length > HEADER_SIZE + WIRE.SMALL },
    type: FRAME.REPLY,
    answer: (body) => {
      const reply = new Reply(body, calls, outputs);
      const refusal = reply.refusal(requests.host);
      if (refusal) reject(refusal);
      else resolve(reply);
    },
    fail: reject,
  });
  if (!signal) return promise;
  const onAbort = () => {
    if (takeBack()) reject(signal.reason);
  };
  signal.addEventListener("abort", onAbort);
  return promise.finally(() => signal.removeEventListener("abort", onAbort));
}

/** Clones a thread; {@linkcode AgentConnection.clone} says how it ends. */
export function clone<T>(
  requests: Requests,
  threads: Threads,
  { parent, flags, instance }: { parent: number; flags: number; instance: bigint },
  make: (thread: number, pid: number) => T,
): { thread: number; made: Promise<T> } {
  const { number: child, release } = threads.take();
  const seq = requests.next();
  const bytes = encodeClone(parent, seq, { child, flags, instance });
  const { promise: made, resolve, reject } = Promise.withResolvers<T>();
  requests.post({
    thread: parent,
    seq,
    footprint: bytes.length,
    frame: { pieces: [bytes], keys: [parent, child], bulk: false },
    type: FRAME.CLONED,
    answer: (body) => {
      const result = resultOf(body);
      if (result > 0) return resolve(make(child, result));
      threads.give(child);
      const what = "clone a thread";
      reject(new SyscallError({ syscall: "clone", errno: -result, what, host: requests.host }));
    },
    fail: reject,
    onPosted: release,
  });
  return { thread: child, made };
}
