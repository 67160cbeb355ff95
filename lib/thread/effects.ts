/**
 * What the calls of a batch change in the program besides their results: a descriptor that is closed, a
 * stream that is opened. It is settled when the batch is over: what did not run did not happen.
 */
import { UnknownOutcomeError } from "../agent/mod.ts";
import { REPLY, type Reply } from "../wire/mod.ts";

/** Whether a call was run, as far as is known when its batch is over. */
export type Outcome = "ran" | "failed" | "not run" | "unknown";

/** Takes what became of a call, and whether its batch failed. */
export type Settle = (outcome: Outcome, failed: boolean) => void;

/** The effects of one batch. */
export class Effects {
  #begun: { readonly index: number; readonly settle: Settle }[] = [];

  /** Has `settle` told once what became of the call of this index. */
  add(index: number, settle: Settle): void {
    this.#begun.push({ index, settle });
  }

  /** Tells what became of the calls, by what was answered, or why nothing was. */
  settle(reply: Reply | undefined, error: unknown): void {
    const begun = this.#begun;
    this.#begun = [];
    for (const { index, settle } of begun) {
      settle(outcomeOf(index, reply, error), error !== undefined);
    }
  }
}

function outcomeOf(index: number, reply: Reply | undefined, error: unknown): Outcome {
  if (!reply) return error instanceof UnknownOutcomeError ? "unknown" : "not run";
  if (index < reply.done) return reply.result(index) >= 0 ? "ran" : "failed";
  return reply.status === REPLY.GONE && index === reply.done ? "unknown" : "not run";
}
