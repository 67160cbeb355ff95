/**
 * Over random trees of tasks, whatever fails and whenever it is cancelled: no task outlives `run`, each
 * failure comes out exactly once, and ordered tasks stop in the reverse order of their start.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Nursery } from "./nursery.ts";

/** What a task does when it has worked for `steps` turns of the event loop, or when it is cancelled. */
interface Plan {
  kind: "spawn" | "ordered" | "start";
  steps: number;
  end: "return" | "throw" | "wait" | "cancel";
  cancelled: "reason" | "return" | "throw";
  children: Plan[];
}

function anyPlan(depth: number): fc.Arbitrary<Plan> {
  return fc.record({
    kind: fc.constantFrom("spawn", "ordered", "start"),
    steps: fc.nat(5),
    end: fc.constantFrom("return", "return", "wait", "wait", "throw", "cancel"),
    cancelled: fc.constantFrom("reason", "reason", "return", "throw"),
    children: depth === 0 ? fc.constant([]) : fc.array(anyPlan(depth - 1), { maxLength: 3 }),
  });
}

/** Runs plans, and keeps what happened. */
class Trial {
  running = 0;
  readonly thrown: Error[] = [];
  /** Ordered tasks that have not ended, by the order of their start, which was before any cancel. */
  readonly ordered = new Set<number>();
  #begun = 0;

  constructor(readonly nursery: Nursery) {}

  begin(plan: Plan): void {
    if (plan.kind === "spawn") this.nursery.spawn((signal) => this.#run(plan, signal));
    if (plan.kind === "ordered") this.#beginOrdered(plan);
    if (plan.kind === "start") {
      // Ready in its first step, so that what it throws is the nursery's failure.
      void this.nursery.start<void>((ready, signal) => {
        ready();
        return this.#run(plan, signal);
      });
    }
  }

  #beginOrdered(plan: Plan): void {
    const number = this.#begun++;
    this.nursery.ordered(async (signal, turn) => {
      if (signal.aborted) return await this.#run(plan, signal, () => turn.come);
      this.ordered.add(number);
      try {
        await this.#run(plan, signal, async () => {
          await turn.come;
          assert.equal(number, Math.max(...this.ordered), "stops before a later one has ended");
        });
      } finally {
        this.ordered.delete(number);
      }
    });
  }

  async #run(plan: Plan, signal: AbortSignal, stop = async () => {}): Promise<void> {
    this.running++;
    try {
      for (const child of plan.children) this.begin(child);
      for (let step = 0; step < plan.steps && !signal.aborted; step++) await Promise.resolve();
      if (!signal.aborted) await this.#end(plan, signal);
      if (signal.aborted) await this.#cancelled(plan, signal, stop);
    } finally {
      this.running--;
    }
  }

  async #end(plan: Plan, signal: AbortSignal): Promise<void> {
    if (plan.end === "throw") this.#throw();
    if (plan.end === "cancel") this.nursery.cancel();
    if (plan.end === "wait") {
      const { promise, resolve } = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => resolve());
      await promise;
    }
  }

  async #cancelled(plan: Plan, signal: AbortSignal, stop: () => Promise<void>): Promise<void> {
    await stop();
    await Promise.resolve();
    if (plan.cancelled === "throw") this.#throw();
    if (plan.cancelled === "reason") throw signal.reason;
  }

  #throw(): never {
    const error = new Error(`failure ${this.thrown.length}`);
    this.thrown.push(error);
    throw error;
  }
}

/** The failures that came out of `run`. */
function surfaced(error: unknown, trial: Trial): unknown[] {
  if (error instanceof AggregateError) return error.errors;
  return error === undefined || error === trial.nursery.signal.reason ? [] : [error];
}

Deno.test("Nursery.run() keeps its rules when random tasks fail", async () => {
  const property = fc.asyncProperty(
    fc.array(anyPlan(2), { minLength: 1, maxLength: 5 }),
    fc.nat(10),
    async (plans, patience) => {
      let trial: Trial | undefined;
      const error = await Nursery.run(async (nursery) => {
        trial = new Trial(nursery);
        for (const plan of plans) trial.begin(plan);
        for (let step = 0; step < patience; step++) await Promise.resolve();
        nursery.cancel();
      }).then(() => undefined, (error) => error);
      assert(trial);
      assert.equal(trial.running, 0);
      assert.equal(trial.ordered.size, 0);
      assert.deepEqual(new Set(surfaced(error, trial)), new Set(trial.thrown));
      assert.equal(surfaced(error, trial).length, trial.thrown.length);
    },
  );
  await fc.assert(property, { numRuns: 2000 });
});
