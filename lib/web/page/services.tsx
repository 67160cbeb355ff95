/** @jsxImportSource preact */
/** All services, in the tree of their scopes; those first that are not as they should be. */
import { signal } from "@preact/signals";
import type { ScopeView, ServiceView, Snapshot } from "../../operate/api.ts";
import { Choices, ServiceActions } from "./actions.tsx";
import { hrefOf } from "./route.ts";
import { readings } from "./store.ts";
import { age, megabytes } from "./words.ts";

const FIRST: readonly string[] = ["failed", "unready", "unknown", "starting", "stopping"];
/** Rows that are in the document at once, and how high each is in it. */
const AT_ONCE = 60;
const HIGH = 28;

const filter = signal("");
const top = signal(0);

type Row = { readonly scope: ScopeView } | { readonly service: ServiceView };

export function Services({ model }: { model: Snapshot }) {
  const rows = rowsOf(model, filter.value);
  const first = Math.max(0, Math.min(Math.floor(top.value / HIGH) - 10, rows.length - AT_ONCE));
  const shown = rows.slice(first, first + AT_ONCE);
  const now = Date.parse(model.time);
  return (
    <>
      {model.scopes.filter(({ choices }) => choices.length > 0).map((scope) => (
        <Choices scope={scope} key={scope.path} />
      ))}
      <div class="bar">
        <input
          type="search"
          placeholder="Filter (press /)"
          aria-label="Filter services"
          id="filter"
          onInput={({ currentTarget }) => filter.value = currentTarget.value}
        />
        <span class="count">{summary(model)}</span>
      </div>
      <div
        class="scroll"
        onScroll={({ currentTarget }) => top.value = currentTarget.scrollTop}
      >
        <table style={{ height: `${(rows.length + 1) * HIGH}px` }}>
          <thead>
            <tr>
              {["Name", "State", "For", "Restarts", "Host", "PID", "Memory", "Address", ""].map((
                each,
              ) => <th key={each}>{each}</th>)}
            </tr>
          </thead>
          <tbody>
            <tr style={{ height: `${first * HIGH}px` }} aria-hidden="true" />
            {shown.map((row) =>
              "scope" in row
                ? <ScopeLine scope={row.scope} key={`scope ${row.scope.path}`} />
                : <ServiceLine service={row.service} now={now} key={row.service.name} />
            )}
            <tr
              style={{ height: `${(rows.length - first - shown.length) * HIGH}px` }}
              aria-hidden="true"
            />
          </tbody>
        </table>
      </div>
    </>
  );
}

function ScopeLine({ scope: { path, state, reason } }: { scope: ScopeView }) {
  return (
    <tr class="scope">
      <td>{path}/</td>
      <td>
        <State state={state} />
      </td>
      <td colspan={7}>{reason}</td>
    </tr>
  );
}

function ServiceLine({ service, now }: { service: ServiceView; now: number }) {
  const { name, scope, state, since, restarts, host, pid, address, reason, paused, lastEnd } =
    service;
  const memory = readings.value.get(name)?.at(-1)?.memory;
  const note = paused ? `paused by ${paused}` : reason ?? (lastEnd && `last: ${lastEnd.status}`);
  return (
    <tr data-service={name}>
      <td class={scope === "" ? "" : "inner"}>
        <a href={hrefOf({ screen: "service", name })}>{name}</a>
      </td>
      <td title={note}>
        <State state={paused ? "paused" : state} />
      </td>
      <td>{age(now - Date.parse(since))}</td>
      <td>{restarts}</td>
      <td>{host}</td>
      <td>{pid}</td>
      <td>{memory === undefined ? "" : megabytes(memory)}</td>
      <td>{address}</td>
      <td>
        <ServiceActions service={name} runs={lives(state)} />
      </td>
    </tr>
  );
}

/** A state, by word and by mark, so that no colour is needed to tell it. */
export function State({ state }: { state: string }) {
  const kind = ["ready", "running", "standing", "finished"].includes(state)
    ? "good"
    : ["failed", "unready", "unknown", "held", "paused"].includes(state)
    ? "bad"
    : "other";
  const mark = { good: "●", bad: "▲", other: "○" }[kind];
  return <span class={`state ${kind}`}>{mark} {state}</span>;
}

export function lives(state: string): boolean {
  return !["stopped", "finished", "failed", "unknown"].includes(state);
}

function rowsOf({ scopes, services }: Snapshot, wanted: string): Row[] {
  const words = wanted.toLowerCase().split(" ").filter((word) => word !== "");
  const matches = ({ name, state, host }: ServiceView) =>
    words.every((word) => `${name} ${state} ${host}`.toLowerCase().includes(word));
  const rank = ({ state }: ServiceView) => (FIRST.indexOf(state) + 1) || FIRST.length + 1;
  const ordered = services.filter(matches).toSorted((a, b) =>
    compare(a.scope, b.scope) || rank(a) - rank(b) || compare(a.name, b.name)
  );
  const byPath = new Map(scopes.map((scope) => [scope.path, scope]));
  const rows: Row[] = [];
  let last = "";
  for (const service of ordered) {
    const scope = byPath.get(service.scope);
    if (service.scope !== last && scope) rows.push({ scope });
    last = service.scope;
    rows.push({ service });
  }
  return rows;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function summary({ services }: Snapshot): string {
  const states = Map.groupBy(services, ({ state }) => state);
  return Array.from(states, ([state, of]) => `${of.length} ${state}`).join(", ");
}
