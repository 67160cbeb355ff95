/** What took how long: the start-up, and each change since. */
import { computed } from "@preact/signals";
import type { StepView } from "../../operate/api.ts";
import { clockSeconds, count, duration } from "./format.ts";
import { now, steps } from "./store.ts";
import { Virtual } from "./virtual.tsx";

const HEIGHT = 26;
/** Milliseconds in which nothing was under way: what comes then is another change. */
const PAUSE = 3000;

interface Change {
  readonly steps: StepView[];
  readonly begun: number;
  ended: number;
  isUnderWay: boolean;
}

type Row =
  | { readonly kind: "change"; readonly change: Change; readonly isFirst: boolean }
  | { readonly kind: "step"; readonly step: StepView; readonly change: Change };

/** Those that were under way one after the other belong together. */
function changesOf(all: readonly StepView[], until: number): Change[] {
  const changes: Change[] = [];
  const sorted = all.toSorted((a, b) => a.begun < b.begun ? -1 : a.begun > b.begun ? 1 : 0);
  for (const step of sorted) {
    const begun = Date.parse(step.begun);
    const ended = step.ended === undefined ? Math.max(until, begun) : Date.parse(step.ended);
    let change = changes.at(-1);
    if (!change || begun > change.ended + PAUSE) {
      change = { steps: [], begun, ended, isUnderWay: false };
      changes.push(change);
    }
    change.steps.push(step);
    change.ended = Math.max(change.ended, ended);
    change.isUnderWay ||= step.state === "begun";
  }
  return changes;
}

const rows = computed(() => {
  const hasOpen = steps.value.some(({ state }) => state === "begun");
  const changes = changesOf(steps.value, hasOpen ? now.value : 0);
  return changes.toReversed().flatMap((change): Row[] => [
    { kind: "change", change, isFirst: change === changes[0] },
    ...change.steps.map((step): Row => ({ kind: "step", step, change })),
  ]);
});

export function Steps() {
  const all = rows.value;
  const row = (index: number) => {
    const each = all[index]!;
    return each.kind === "change"
      ? <ChangeRow key={index} {...each} />
      : <StepRow key={index} {...each} />;
  };
  return (
    <section class="screen">
      <Virtual count={all.length} height={HEIGHT} row={row} label="Steps" class="gantt" />
      {all.length === 0 && <p class="empty">No step yet.</p>}
    </section>
  );
}

function ChangeRow({ change, isFirst }: Extract<Row, { kind: "change" }>) {
  const { steps, begun, ended, isUnderWay } = change;
  const failed = steps.filter(({ state }) => state === "failed").length;
  return (
    <div class="change">
      <b>{isFirst ? "Start-up" : "Change"}</b> {clockSeconds(begun)}
      <span>{isUnderWay ? "under way" : duration(ended - begun)}</span>
      <span>{count(steps.length)} steps</span>
      {failed > 0 && <span class="bad">{count(failed)} failed</span>}
    </div>
  );
}

function StepRow({ step, change }: Extract<Row, { kind: "step" }>) {
  const { kind, subject, host, state, failure } = step;
  const begun = Date.parse(step.begun);
  const ended = step.ended === undefined ? change.ended : Date.parse(step.ended);
  const all = Math.max(1, change.ended - change.begun);
  const left = (begun - change.begun) / all * 100;
  const width = Math.max(0.3, (ended - begun) / all * 100);
  const title = `${kind} ${subject} on ${host}: ${duration(ended - begun)}${
    failure === undefined ? "" : `; ${failure}`
  }`;
  return (
    <div class="step" title={title}>
      <span class="kind">{kind}</span>
      <span class="subject">{subject}</span>
      <span class="bars">
        <i class={`bar ${kind} ${state}`} style={{ left: `${left}%`, width: `${width}%` }} />
        <span
          class="took"
          style={left + width < 80 ? { left: `${left + width}%` } : { right: `${100 - left}%` }}
        >
          {failure ?? (state === "begun" ? "…" : duration(ended - begun))}
        </span>
      </span>
    </div>
  );
}
