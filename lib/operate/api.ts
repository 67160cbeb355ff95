/**
 * What a running program says and takes over its socket: HTTP with JSON, on a Unix socket that its user alone can
 * open. All that looks at a system, or acts on it, uses this: the command line, the web page, the REPL.
 *
 * | request | answer |
 * | --- | --- |
 * | `GET /v1` | {@linkcode ProgramView} |
 * | `GET /v1/model` | {@linkcode Snapshot} |
 * | `GET /v1/usage` | {@linkcode UsageView} by the names of services |
 * | `GET /v1/services/NAME` | {@linkcode ServiceDetail} |
 * | `GET /v1/events?since=NUMBER` | server-sent events: {@linkcode EventMessage}, resumable by `Last-Event-ID` |
 * | `GET /v1/logs?service=NAME&since=TIME&after=NUMBER&last=&grep=&follow` | JSON lines: {@linkcode LogMessage} |
 * | `GET /v1/record` | what was said to and by the agents last, in words |
 * | `GET /v1/metrics` | the text that Prometheus reads |
 * | `POST /v1/exec/NAME?arg=WORD&arg=WORD`, with what it reads | JSON lines: {@linkcode ExecMessage} |
 * | `GET /v1/forward/NAME?port=&local=` | `{"port": N}`; it is forwarded until the answer is let go of |
 * | `POST /v1/repl?readonly`, with JSON lines | JSON lines: JavaScript in the program, `lib/repl/messages.ts` |
 * | `POST /v1/actions/KIND` with its {@linkcode Actions} | {@linkcode Outcome} |
 *
 * An error is an answer with a status of 400 (makes no sense), 403, 404 (no such thing), 409 (refused as things are)
 * or 500, and a {@linkcode Problem}. Within a version fields are added and never changed; a client ignores those that
 * it does not know. Times are ISO 8601 in UTC, durations milliseconds, instances hexadecimal.
 *
 * @module
 */
import type { ModelEvent, ScopeState, ServiceState } from "../model/mod.ts";

/** The version of the interface, and the first word of its paths. */
export const API = "v1";

/** The program that answers. */
export interface ProgramView {
  readonly api: typeof API;
  readonly program: string;
  readonly system: string;
  readonly pid: number;
  readonly since: string;
  /** Whether the system outlives it. */
  readonly standing: boolean;
  /** Whether all was ready once. */
  readonly ready: boolean;
}

/** How something is at one moment, which is after the event of that number. */
export interface Snapshot {
  readonly event: number;
  readonly time: string;
  readonly hosts: readonly HostView[];
  readonly scopes: readonly ScopeView[];
  /** Those that live, and of those that have ended the last of each name. */
  readonly services: readonly ServiceView[];
  readonly steps: readonly StepView[];
}

/** A host. */
export interface HostView {
  readonly host: string;
  readonly state: "connected" | "lost";
  readonly reason?: string;
  readonly since: string;
}

/** A scope. */
export interface ScopeView {
  /** Its full name; that of an outermost scope may be empty. */
  readonly path: string;
  readonly state: ScopeState;
  /** Why, or what it asks. */
  readonly reason?: string;
  readonly since: string;
  /** What can be answered, while it is held. */
  readonly choices: readonly ChoiceView[];
  /** The names of its arguments, each with its value in words, and whether an operator gave that. */
  readonly arguments: Readonly<Record<string, { readonly value: string; readonly given: boolean }>>;
}

/** What can be answered. */
export interface ChoiceView {
  readonly label: string;
  /** Words about it, with what it takes. */
  readonly about: string;
}

/** A service. */
export interface ServiceView {
  /** Its full path. */
  readonly name: string;
  /** The path of the scope that it is in; empty in an outermost one. */
  readonly scope: string;
  readonly instance: string;
  readonly host: string;
  readonly pid: number;
  readonly state: ServiceState;
  /** Why it is not ready. */
  readonly reason?: string;
  /** When it came into this state. */
  readonly since: string;
  readonly started: string;
  readonly restarts: number;
  readonly address?: string;
  /** How it says that it is. */
  readonly says?: string;
  /** The signal by which somebody has paused its process. */
  readonly paused?: string;
  /** How it ended last. */
  readonly lastEnd?: EndView;
  /** The services that it was given, by name. */
  readonly uses: readonly string[];
}

/** An end. */
export interface EndView {
  readonly time: string;
  readonly status: string;
  readonly state: ServiceState;
}

/** What one service is using. */
export interface UsageView {
  /** Processor time since its start. */
  readonly cpu: number;
  /** Bytes that are in memory. */
  readonly memory: number;
  readonly processes: number;
}

/** All that is known of one service. */
export interface ServiceDetail extends ServiceView {
  readonly command: string;
  /** What it is made of, field by field, in words: a field that differs is why it is replaced. */
  readonly fingerprint: Readonly<Record<string, string>>;
  /** The services that were given it. */
  readonly usedBy: readonly string[];
  readonly usage?: UsageView;
  readonly timeToReady?: number;
  /** Its starts and ends, the last first. */
  readonly history: readonly EventView[];
  /** What it wrote last. */
  readonly lastLines: readonly string[];
}

/** A step: connecting, deploying, starting. */
export interface StepView {
  readonly kind: string;
  readonly subject: string;
  readonly host: string;
  readonly state: "begun" | "done" | "failed";
  readonly begun: string;
  readonly ended?: string;
  readonly failure?: string;
}

/** A fact of the model, with its time as all times here, and instances in hexadecimal. */
export type EventView = Readonly<Record<string, unknown>> & {
  readonly number: number;
  readonly time: string;
  readonly kind: ModelEvent["kind"];
};

/** One of a stream of events. */
export type EventMessage =
  | EventView
  /** Events that are not kept any more, or that the client was too slow for: read the model anew. */
  | { readonly kind: "missed"; readonly count: number };

/** One of a stream of log lines. */
export type LogMessage =
  | {
    readonly number: number;
    readonly time: string;
    readonly service: string;
    readonly instance: string;
    readonly line: string;
  }
  /** Lines that are not kept any more, or that the client was too slow for. */
  | { readonly missed: number };

/** What a command writes, in base64, and how it ends. */
export type ExecMessage =
  | { readonly stream: "stdout" | "stderr"; readonly data: string }
  /** `code`: its exit status, or 128 and the number of the signal. */
  | { readonly status: string; readonly code: number };

/** What can be asked for, by kind. */
export interface Actions {
  /** Starts it anew, and what was given it. */
  restart: { readonly service: string };
  /** Stops it, until somebody starts it; no policy runs. Refused if others use it, unless they are to stop, too. */
  stop: { readonly service: string; readonly withDependents?: boolean };
  start: { readonly service: string };
  signal: { readonly service: string; readonly signal: string };
  /** Runs a scope again, with other arguments if there are any; they stay until the program ends. */
  run: { readonly scope: string; readonly arguments?: Readonly<Record<string, string>> };
  answer: {
    readonly scope: string;
    readonly choice: string;
    readonly arguments?: Readonly<Record<string, string>>;
  };
}

/** What came of an action. */
export interface Outcome {
  /** `joined`: the same was under way already, and has been done. */
  readonly result: "done" | "joined";
  /** In words. */
  readonly message: string;
}

/** Why there is no answer. */
export interface Problem {
  readonly error: string;
  /** The nearest right word, if there is one. */
  readonly nearest?: string;
}
