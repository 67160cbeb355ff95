/**
 * The tables that events reduce to. They are bounded: of what has ended, the last are kept. Nothing but
 * the events of the log gets into them.
 */
import type { Milliseconds } from "../clock/mod.ts";
import type {
  ModelEvent,
  ScopeState,
  ServiceEnd,
  ServiceStart,
  ServiceState,
  Step,
} from "./events.ts";

/** Rows of services and of steps that have ended and are kept, the last ones of each. */
export const MOST_ENDED = 1000;

/** A host, as it was last seen. */
export interface HostRow {
  readonly host: string;
  readonly state: "connected" | "lost";
  /** Why it was lost, or why it could not be reconnected when that was last tried. */
  readonly reason: string | undefined;
  readonly since: Milliseconds;
}

/** A step, as far as it has come. */
export interface StepRow {
  readonly step: Step;
  readonly state: "begun" | "done" | "failed";
  readonly begun: Milliseconds;
  readonly ended: Milliseconds | undefined;
  readonly failure: string | undefined;
}

/** A service, as it was last seen. */
export interface ServiceRow extends ServiceStart {
  readonly state: ServiceState;
  /** `starting`, if it was to say when it is ready; else `running`. */
  readonly began: ServiceState;
  /** Why it is `unready`. */
  readonly reason: string | undefined;
  /** How it says that it is. */
  readonly says: string | undefined;
  /** The signal that has paused it, while it is. */
  readonly paused: string | undefined;
  readonly started: Milliseconds;
  /** When an earlier program had started it, if this one has it from that: milliseconds since 1970. */
  readonly inherited: number | undefined;
  /** When it came into this state. */
  readonly since: Milliseconds;
  /** When it was ready for the first time. */
  readonly ready: Milliseconds | undefined;
  /** When it was asked to stop. */
  readonly stopping: Milliseconds | undefined;
  readonly ended: Milliseconds | undefined;
  readonly end: ServiceEnd | undefined;
}

/** A scope, as it was last seen. */
export interface ScopeRow {
  readonly path: string;
  readonly state: ScopeState;
  /** Why, or what it asks. */
  readonly reason: string | undefined;
  readonly since: Milliseconds;
}

/** What is known of a system at present. */
export class Tables {
  readonly hosts = new Map<string, HostRow>();
  readonly steps = new Bounded<number, StepRow>();
  readonly scopes = new Map<string, ScopeRow>();
  readonly services = new Bounded<bigint, ServiceRow>();
  /** Lines that are missing in log files, by the path of their service. */
  readonly dropped = new Map<string, number>();

  apply(event: ModelEvent): void {
    const { time } = event;
    switch (event.kind) {
      case "host-connected":
        this.hosts.set(event.host, row(event.host, "connected", undefined, time));
        return;
      case "host-lost":
        this.hosts.set(event.host, row(event.host, "lost", event.reason, time));
        return;
      case "host-unreachable": {
        const { since = time } = this.hosts.get(event.host) ?? {};
        this.hosts.set(event.host, row(event.host, "lost", event.reason, since));
        return;
      }
      case "step-begun": {
        const { step } = event;
        const rest = { ended: undefined, failure: undefined };
        return this.steps.set(event.id, { step, state: "begun", begun: time, ...rest });
      }
      case "step-moved":
        return;
      case "step-ended": {
        const { failure } = event;
        const state = failure === undefined ? "done" : "failed";
        return this.steps.end(event.id, { state, ended: time, failure });
      }
      case "service-started": {
        const { path, instance, host, pid, command, address, state } = event;
        const rest = {
          ...{ reason: undefined, says: undefined, paused: undefined },
          ...{ ready: undefined, stopping: undefined, ended: undefined, end: undefined },
        };
        const start = { path, instance, host, pid, command, address };
        return this.services.set(instance, {
          ...start,
          state,
          began: state,
          started: time,
          since: time,
          inherited: event.since,
          ...rest,
        });
      }
      case "service-changed": {
        const { state, instance, reason } = event;
        const isFirst = this.services.get(instance)?.ready === undefined;
        const when = state === "stopping" || state === "ready" && isFirst ? { [state]: time } : {};
        return this.services.change(instance, { state, reason, since: time, ...when });
      }
      case "service-says":
        return this.services.change(event.instance, { says: event.status });
      case "service-paused":
        return this.services.change(event.instance, { paused: event.by });
      case "service-ended": {
        const { state, end } = event;
        const ended = { paused: undefined, reason: undefined, end, since: time, ended: time };
        return this.services.end(event.instance, { state, ...ended });
      }
      case "socket-mended":
      case "service-ended-unattended":
        return;
      case "scope-changed": {
        const { path, state, reason } = event;
        return void this.scopes.set(path, { path, state, reason, since: time });
      }
      case "scope-gone":
        return void this.scopes.delete(event.path);
      case "lines-dropped":
        this.dropped.set(event.path, (this.dropped.get(event.path) ?? 0) + event.count);
        return;
      default:
        event satisfies never;
    }
  }
}

function row(
  host: string,
  state: HostRow["state"],
  reason: string | undefined,
  since: Milliseconds,
): HostRow {
  return { host, state, reason, since };
}

/** Rows in the order of their coming; of those that ended, the last {@linkcode MOST_ENDED}. */
class Bounded<K, R> {
  readonly #rows = new Map<K, R>();
  readonly #ended = new Set<K>();

  get all(): readonly R[] {
    return [...this.#rows.values()];
  }

  get(key: K): R | undefined {
    return this.#rows.get(key);
  }

  set(key: K, row: R): void {
    this.#rows.set(key, row);
  }

  change(key: K, changes: Partial<R>): void {
    const row = this.#rows.get(key);
    if (row) this.#rows.set(key, { ...row, ...changes });
  }

  end(key: K, changes: Partial<R>): void {
    if (!this.#rows.has(key)) return;
    this.change(key, changes);
    this.#ended.add(key);
    if (this.#ended.size <= MOST_ENDED) return;
    const [oldest] = this.#ended;
    this.#ended.delete(oldest!);
    this.#rows.delete(oldest!);
  }
}
