/** What the tests of connections share. */
import { BatchEncoder } from "../wire/mod.ts";
import type { AgentConnection } from "./connection.ts";
import type { ChildHandler } from "./threads.ts";

const GETPID = 39;

/** A batch of one call, with room in it. */
export function batchOf(room = 0): BatchEncoder {
  const batch = new BatchEncoder();
  batch.call(GETPID, []);
  if (room > 0) batch.room(room);
  return batch;
}

/** Keeps what a thread's handler was told. */
export class Events implements ChildHandler {
  readonly seen: string[] = [];

  constructor(readonly pid = 0) {}

  notify({ kind, status }: { kind: string; status: number }): void {
    this.seen.push(`${kind} ${status}`);
  }

  lose(reason: Error): void {
    this.seen.push(reason.name);
  }
}

/** Clones, and registers what the new thread's events are told to. */
export function clone(connection: AgentConnection) {
  const { thread, made } = connection.clone(1, 0, 7n, (number, pid) => {
    const events = new Events(pid);
    connection.onChild(number, events);
    return events;
  });
  made.catch(() => {});
  return { thread, made };
}

/** The outcome of a promise, by the name of its error if it failed. */
export async function outcome(promise: Promise<unknown>): Promise<string> {
  return await promise.then(() => "fulfilled", (error) => error.name);
}
