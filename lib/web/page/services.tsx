/** All services, in a table. */
import { computed, signal } from "@preact/signals";
import { memo } from "./memo.ts";
import type { ScopeView, ServiceView } from "../../operate/api.ts";
import { age, badness, bytes, count, percent } from "./format.ts";
import { restart } from "./confirm.tsx";
import { Search, State } from "./parts.tsx";
import { goTo, linkTo } from "./route.ts";
import { type Row, rowsOf } from "./rows.ts";
import { now, scopes, services } from "./store.ts";
import { type Sample, samples } from "./usage.ts";
import { Virtual } from "./virtual.tsx";

const HEIGHT = 34;
const KINDS = ["All", "Bad", "Moving", "Down", "Good"] as const;
const BADNESS: Readonly<Record<string, number>> = { Bad: 3, Moving: 1, Down: 2, Good: 0 };

const text = signal("");
const kind = signal<(typeof KINDS)[number]>("All");
const chosen = signal(0);

const rows = computed(() => {
  const words = text.value.toLowerCase().split(/\s+/);
  const wanted = BADNESS[kind.value];
  const isAll = wanted === undefined && text.value.trim() === "";
  return rowsOf(
    services.value.values(),
    scopes.value,
    isAll ? undefined : (service) => {
      if (wanted !== undefined && badness(service.state) !== wanted) return false;
      const all = `${service.name} ${service.state} ${service.host} ${service.pid}`.toLowerCase();
      return words.every((word) => all.includes(word));
    },
  );
});

const counts = computed(() => {
  const found: Record<string, number> = { All: services.value.size };
  for (const { state } of services.value.values()) {
    const name = KINDS.find((each) => BADNESS[each] === badness(state))!;
    found[name] = (found[name] ?? 0) + 1;
  }
  return found;
});

/** Keys of the table; whether it took this one. */
export function onServicesKey(key: string): boolean {
  const row = rows.value[Math.min(chosen.value, rows.value.length - 1)];
  const move = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 15, PageUp: -15 }[key];
  if (move !== undefined) {
    chosen.value = Math.max(0, Math.min(rows.value.length - 1, chosen.value + move));
  } else if (key === "Enter" && row) {
    if (row.kind === "service") goTo("service", row.service.name);
    else goTo("scope", row.scope.path);
  } else if (key === "l" && row?.kind === "service") goTo("logs", row.service.name);
  else if (key === "r" && row?.kind === "service") restart(row.service);
  else return false;
  return true;
}

export function Services() {
  const all = rows.value;
  const at = now.value;
  const used = samples.value;
  const row = (index: number) => {
    const each = all[index]!;
    const isChosen = index === chosen.value;
    return each.kind === "scope"
      ? <ScopeRow key={`scope ${each.scope.path}`} {...each} isChosen={isChosen} />
      : (
        <ServiceRow
          key={`service ${each.service.name}`}
          {...each}
          for={age(each.service.since, at)}
          sample={used.get(each.service.name)?.at(-1)}
          isChosen={isChosen}
        />
      );
  };
  return (
    <section class="screen">
      <div class="tools">
        <Search value={text.value} onInput={(it) => text.value = it} placeholder="Find services" />
        <div class="kinds" role="group" aria-label="States">
          {KINDS.map((each) => (
            <button
              type="button"
              key={each}
              aria-pressed={kind.value === each}
              onClick={() => kind.value = each}
            >
              {each} <b>{count(counts.value[each] ?? 0)}</b>
            </button>
          ))}
        </div>
      </div>
      <Virtual
        count={all.length}
        height={HEIGHT}
        row={row}
        focus={chosen.value}
        label="Services"
        class="table"
        header={
          <div class="row head">
            <span class="name">Service</span>
            <span class="st">State</span>
            <span class="num">For</span>
            <span class="num">Restarts</span>
            <span class="host">Host</span>
            <span class="num">PID</span>
            <span class="num">CPU</span>
            <span class="num">Memory</span>
            <span class="address">Address</span>
            <span class="note">Note</span>
          </div>
        }
      />
      {all.length === 0 && <p class="empty">No service is like that.</p>}
    </section>
  );
}

interface ServiceRowProps extends Extract<Row, { kind: "service" }> {
  readonly for: string;
  readonly sample: Sample | undefined;
  readonly isChosen: boolean;
}

const ServiceRow = memo(({ service, depth, sample, isChosen, ...props }: ServiceRowProps) => {
  const { name, scope, state, paused, restarts, host, pid, address } = service;
  const own = scope !== "" && name.startsWith(`${scope}/`) ? name.slice(scope.length + 1) : name;
  const isLive = badness(state) < 2 && state !== "finished";
  return (
    <div class={`row ${isChosen ? "chosen" : ""}`} data-service={name}>
      <a
        class="name"
        href={linkTo("service", name)}
        title={name}
        style={{ paddingLeft: `${depth * 18}px` }}
      >
        {own}
      </a>
      <span class="st">
        <State state={state} paused={paused} />
      </span>
      <span class="num">{props.for}</span>
      <span class={`num ${restarts > 0 ? "" : "faint"}`}>{restarts}</span>
      <span class="host">{host}</span>
      <span class="num">{isLive ? pid : ""}</span>
      <span class="num">{isLive && sample ? percent(sample.cpu) : ""}</span>
      <span class="num">{isLive && sample ? bytes(sample.memory) : ""}</span>
      <span class="address">{address}</span>
      <span class="note" title={noteOf(service)}>{noteOf(service)}</span>
    </div>
  );
});

function noteOf({ state, reason, paused, says, lastEnd }: ServiceView): string {
  if (paused !== undefined) return `paused by ${paused}`;
  if (reason !== undefined) return reason;
  if (badness(state) >= 2 && lastEnd) return lastEnd.status;
  return says ?? (lastEnd ? `last: ${lastEnd.status}` : "");
}

interface ScopeRowProps {
  readonly scope: ScopeView;
  readonly depth: number;
  readonly isChosen: boolean;
}

function ScopeRow({ scope, depth, isChosen }: ScopeRowProps) {
  const { path, state, reason, choices } = scope;
  return (
    <div class={`row scope ${isChosen ? "chosen" : ""}`}>
      <a class="name" href={linkTo("scope", path)} style={{ paddingLeft: `${depth * 18}px` }}>
        {path}/
      </a>
      <span class="st">
        <State state={state} />
      </span>
      <span class="about" title={reason}>
        {choices.length > 0 && <a class="answer" href={linkTo("scope", path)}>Answer</a>}
        {reason}
      </span>
    </div>
  );
}
