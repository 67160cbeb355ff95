/** What is shown of a running system: its model and its scopes, in the words of the interface. */
import { printable } from "../logs/mod.ts";
import type { Model, ModelEvent, ServiceRow } from "../model/mod.ts";
import type { AnyScope, Choice } from "../system/mod.ts";
import type {
  ChoiceView,
  EndView,
  EventView,
  ProgramView,
  ScopeView,
  ServiceView,
  Snapshot,
} from "./api.ts";
import { API } from "./api.ts";
import { type RunningSystem, usesOf } from "./system.ts";

/** Characters of a value that is shown in words. */
const LONGEST = 200;

/** What a program says of itself. */
export function programView({ about, isReady }: RunningSystem): ProgramView {
  return { api: API, ...about, ready: isReady };
}

/** All of it, at this moment. */
export function snapshotOf(system: RunningSystem): Snapshot {
  const { model, scopes } = system;
  const dates = new Dates(model);
  const reasonOf = (reason: string | undefined) => reason === undefined ? {} : { reason };
  return {
    event: model.lastNumber,
    time: dates.of(model.now()),
    hosts: model.hosts.map(({ host, state, reason, since }) => ({
      ...{ host, state, since: dates.of(since) },
      ...reasonOf(reason),
    })),
    scopes: model.scopes.map((row) => ({
      ...scopeView(scopes.find(({ path }) => path === row.path)),
      ...{ path: row.path, state: row.state, since: dates.of(row.since) },
      ...reasonOf(row.reason),
    })),
    services: servicesOf(system, dates),
    steps: model.steps.map(({ step, state, begun, ended, failure }) => ({
      ...step,
      ...{ state, begun: dates.of(begun) },
      ...(ended !== undefined && { ended: dates.of(ended) }),
      ...(failure !== undefined && { failure }),
    })),
  };
}

/** The services, by their last starts. */
export function servicesOf(system: RunningSystem, dates = new Dates(system.model)): ServiceView[] {
  const { services, members, scopes, model } = system;
  const all = Map.groupBy(model.services, ({ path }) => path);
  const uses = usesOf(members);
  return Array.from(services.values(), (row) => {
    const { path: name, instance, host, pid, state, reason, address, says } = row;
    const member = members.get(name);
    const lastEnd = all.get(name)!.findLast(({ end }) => end !== undefined);
    return {
      ...{ name, scope: member?.scope.path ?? scopeOfPath(name, scopes) },
      ...{ instance: instance.toString(16), host, pid, state },
      ...(reason !== undefined && { reason }),
      since: dates.of(row.since),
      started: row.inherited === undefined ? dates.of(row.started) : isoOf(row.inherited),
      restarts: all.get(name)!.length - 1,
      ...(address !== undefined && { address }),
      ...(says !== undefined && { says }),
      ...(row.paused !== undefined && { paused: row.paused }),
      ...(lastEnd && { lastEnd: endView(lastEnd, dates) }),
      uses: uses.get(name) ?? [],
    };
  });
}

/** An event, as it is sent. */
export function eventView(event: ModelEvent, dates: Dates): EventView {
  const { instance, time, ...rest } = { instance: undefined, ...event };
  return {
    ...rest,
    time: dates.of(time),
    ...(instance !== undefined && { instance: instance.toString(16) }),
  } as EventView;
}

/** When the times of a model are. */
export class Dates {
  /** Between the model's clock and 1970. */
  readonly #offset: number;

  constructor(model: Model) {
    this.#offset = model.date() - model.now();
  }

  of(time: number): string {
    return isoOf(this.#offset + time);
  }
}

function isoOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function endView({ state, ended, end }: ServiceRow, dates: Dates): EndView {
  return { time: dates.of(ended!), status: end!.status ?? "its host was lost", state };
}

/** Where a service is that is in no scope any more. */
function scopeOfPath(name: string, scopes: readonly AnyScope[]): string {
  const around = scopes.filter(({ path }) => path !== "" && name.startsWith(`${path}/`));
  return around.toSorted((a, b) => b.path.length - a.path.length)[0]?.path ?? "";
}

function scopeView(scope: AnyScope | undefined): Pick<ScopeView, "choices" | "arguments"> {
  if (!scope) return { choices: [], arguments: {} };
  const given = new Set(Object.keys(scope.overrides));
  return {
    choices: scope.choices.map(choiceView),
    arguments: Object.fromEntries(
      Object.entries(scope.arguments).map(([name, value]) => [
        printable(name),
        { value: inWords(value), given: given.has(name) },
      ]),
    ),
  };
}

function choiceView({ label, does, takes, needs }: Choice): ChoiceView {
  const names = Object.entries(takes).map(([name, about]) => `${name} (${about})`);
  const what = names.length === 0 ? "" : `; takes ${needs === "all" ? "" : "any of "}`;
  return { label: printable(label), about: printable(`${does}${what}${names.join(", ")}`) };
}

/** A value in words, which may be cut. */
function inWords(value: unknown): string {
  const text = typeof value === "string"
    ? value
    : Deno.inspect(value, { depth: 2, compact: true, breakLength: Infinity, colors: false });
  const line = printable(text.replaceAll(/\s*\n\s*/g, " "));
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
