/** What can be named at the prompt, besides what JavaScript has. */
import type { Nursery } from "../nursery/mod.ts";
import type { RunningSystem } from "../operate/mod.ts";
import { serviceOf } from "../operate/system.ts";
import type { AnyScope } from "../system/mod.ts";

type OtherBody = (nursery: Nursery, values: Record<string, unknown>) => Promise<unknown>;

/** A scope at the prompt. */
export interface ScopeHandle {
  readonly path: string;
  readonly state: string;
  /** Why it is so; what it asks. */
  readonly reason: string | undefined;
  /** The arguments of its body. */
  readonly values: Readonly<Record<string, unknown>>;
  /** What its body returned last. */
  readonly value: unknown;
  /** What can be answered, while it asks. */
  readonly choices: readonly string[];
  /** Runs it again, with other arguments. */
  run(values?: Record<string, unknown>): Promise<unknown>;
  /** Runs another function in its place, until the program ends; its value is what that returns. */
  use(body: OtherBody): Promise<unknown>;
  /** The same, and keeps what else stands in it. */
  amend(body: OtherBody): Promise<unknown>;
  answer(choice: string, values?: Record<string, unknown>): Promise<unknown>;
}

/** The names and what they stand for now, as plain values: to make them would be refused to who may only read. */
export function bindingsOf(
  system: RunningSystem,
  own: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const scopes = new Map(system.scopes.map((scope) => [scope.path, handleOf(scope)]));
  const services = Array.from(
    system.members,
    ([name, member]) => [name, serviceOf(member)] as const,
  );
  return {
    ...own,
    system: system.about,
    nursery: system.nursery,
    /** That of the only host, if it is the only one. */
    thread: system.hosts.length === 1 ? system.hosts[0]!.thread : undefined,
    hosts: Object.fromEntries(system.hosts.map((host) => [host.name, host])),
    services: Object.fromEntries(services.filter(([, service]) => service)),
    scope: (path: string): ScopeHandle => scopes.get(path) ?? handleOf(system.scope(path)),
    help: HELP,
  };
}

/** The scope that is meant where none is named: the only one that asks. */
export function askingScope({ scopes }: RunningSystem): string | undefined {
  const held = scopes.filter(({ state }) => state === "held");
  return held.length === 1 ? held[0]!.path : undefined;
}

function handleOf(scope: AnyScope): ScopeHandle {
  return {
    path: scope.path,
    get state() {
      return scope.state;
    },
    get reason() {
      return scope.reason;
    },
    get values() {
      return scope.arguments;
    },
    get value() {
      return scope.value;
    },
    get choices() {
      return scope.choices.map(({ label }) => label);
    },
    run: (values) => scope.run(values),
    use: (body) => scope.use(body),
    amend: (body) => scope.amend(body),
    answer: (choice, values) => scope.answer(choice, values),
  };
}

const HELP =
  `hosts, services: by name. scope("orders"): values, value, run({...}), use((nursery, values) => ...), answer("again").
nursery: that of the system; in a line that names it while one scope asks, that scope's: what the line gives becomes its value.
A loop that does not end is ended after 2 s; after an await it keeps the whole program, which is killed after 6 s.
.exit, Ctrl-D: leave; nothing is stopped by that.`;
