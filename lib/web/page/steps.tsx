/** @jsxImportSource preact */
/** Where the time went, at the start and at every change since: a bar for each step. */
import type { Snapshot, StepView } from "../../operate/api.ts";

/** Milliseconds without a step, after which another part begins. */
const PAUSE = 5000;
const MOST = 300;

export function Steps({ model: { steps, time } }: { model: Snapshot }) {
  const parts = partsOf(steps.slice(-MOST));
  if (parts.length === 0) return <p class="empty">No step yet</p>;
  return (
    <div class="scroll">
      {parts.toReversed().map((part) => (
        <Part part={part} now={Date.parse(time)} key={part[0]!.begun} />
      ))}
    </div>
  );
}

function Part({ part, now }: { part: readonly StepView[]; now: number }) {
  const begin = Date.parse(part[0]!.begun);
  const end = Math.max(...part.map((step) => endOf(step, now)));
  const length = Math.max(1, end - begin);
  return (
    <section class="gantt">
      <h2>{new Date(begin).toLocaleString("en-GB")}, {length} ms</h2>
      {part.map((step, at) => {
        const from = Date.parse(step.begun) - begin;
        const took = endOf(step, now) - Date.parse(step.begun);
        return (
          <div class="step" key={at} title={step.failure}>
            <span>{step.kind} {step.subject === step.host ? "" : step.subject} {step.host}</span>
            <span class="track">
              <span
                class={`span ${step.state}`}
                style={{
                  left: `${from * 100 / length}%`,
                  width: `max(2px, ${took * 100 / length}%)`,
                }}
              />
            </span>
            <span>{step.state === "begun" ? "…" : `${took} ms`}</span>
          </div>
        );
      })}
    </section>
  );
}

function endOf({ ended }: StepView, now: number): number {
  return ended === undefined ? now : Date.parse(ended);
}

function partsOf(steps: readonly StepView[]): StepView[][] {
  const parts: StepView[][] = [];
  let end = -Infinity;
  for (const step of steps.toSorted((a, b) => Date.parse(a.begun) - Date.parse(b.begun))) {
    if (Date.parse(step.begun) > end + PAUSE) parts.push([]);
    parts.at(-1)!.push(step);
    end = Math.max(end, Date.parse(step.ended ?? step.begun));
  }
  return parts;
}
