/** What can be observed of a system. Each is a fact: it has happened when it is told. */
import type { Milliseconds } from "../clock/mod.ts";

/** One thing that takes time. */
export interface Step {
  readonly kind: "connect" | "deploy" | "start";
  /** The host, package or service. */
  readonly subject: string;
  /** The host that it happens on. */
  readonly host: string;
}

/** Which service, of all that ever were: two may have one path, one after the other. */
export interface ServiceIdentity {
  /** Its place in the nurseries' names, as "shard-0/orderd". */
  readonly path: string;
  /** Random, chosen at its start. */
  readonly instance: bigint;
}

/** What a service is, from its start. */
export interface ServiceStart extends ServiceIdentity {
  readonly host: string;
  readonly pid: number;
  readonly command: string;
  /** Where it can be reached. */
  readonly address: string | undefined;
}

/**
 * Where a service is in its life; each has one meaning.
 *
 * - `starting`: it runs, and has not said that it is ready, as it will
 * - `running`: it runs, and has no way to say that it is ready
 * - `ready`: it has said that it is ready, or was seen to be
 * - `unready`: it was ready, and is not any more; it may be again
 * - `stopping`: it was asked to stop
 * - `stopped`: it has ended, as it was asked to, whatever its status
 * - `finished`: it has ended by itself, with status 0
 * - `failed`: it has ended by itself, in another way or before it was ready; or it was stopped since it
 *   did not become ready
 * - `unknown`: its host was lost
 */
export type ServiceState =
  | "starting"
  | "running"
  | "ready"
  | "unready"
  | "stopping"
  | "stopped"
  | "finished"
  | "failed"
  | "unknown";

/**
 * Where a scope is; each has one meaning.
 *
 * - `running`: its body is under way
 * - `standing`: all that its body started stands
 * - `backing off`: something in it has failed, and is started again in a while
 * - `waiting`: a host that it uses is lost, and is being reconnected; what is on others stands
 * - `held`: it asks what is to be done, or cannot go on
 * - `left`: something in it has failed, and is left so
 * - `failed`: it has failed for good; what stands in it goes on until what is around it has answered
 * - `ended`: it has done what it was to do
 */
export type ScopeState =
  | "running"
  | "standing"
  | "backing off"
  | "waiting"
  | "held"
  | "left"
  | "failed"
  | "ended";

/** How a service came to its end. */
export interface ServiceEnd {
  /** Its exit status or signal, in words; undefined if its host was lost. */
  readonly status: string | undefined;
  /** Whether it ended by itself, as it was asked to, or was killed when its grace was over. */
  readonly cause: "itself" | "stopped" | "forced";
  /** Processes of its tree that it left, and that were killed with it. */
  readonly swept: number;
}

/** A fact without its place in the log. */
export type Fact =
  | { readonly kind: "host-connected"; readonly host: string }
  | { readonly kind: "host-lost"; readonly host: string; readonly reason: string }
  | {
    /** A lost host could not be reconnected; it is tried again. */
    readonly kind: "host-unreachable";
    readonly host: string;
    readonly reason: string;
    /** After so long. */
    readonly after: Milliseconds;
  }
  | { readonly kind: "step-begun"; readonly id: number; readonly step: Step }
  | {
    readonly kind: "step-moved";
    readonly id: number;
    readonly step: Step;
    /** Bytes that were moved so far. */
    readonly moved: number;
    readonly total: number;
  }
  | {
    readonly kind: "step-ended";
    readonly id: number;
    readonly step: Step;
    /** Why it failed; undefined if it is done. */
    readonly failure: string | undefined;
  }
  | ({
    readonly kind: "service-started";
    readonly state: ServiceState;
    /** When an earlier program had started it, which this one has it from: milliseconds since 1970. */
    readonly since?: number;
  } & ServiceStart)
  | ({
    readonly kind: "service-changed";
    readonly state: ServiceState;
    /** Why it is not ready any more. */
    readonly reason?: string;
  } & ServiceIdentity)
  | ({
    /** A service says how it is, by sd_notify(3). */
    readonly kind: "service-says";
    readonly status: string;
  } & ServiceIdentity)
  | ({
    /** Somebody has paused its process by a signal, or had it go on; its state is as before. */
    readonly kind: "service-paused";
    /** By which, as "SIGSTOP"; undefined if it goes on. */
    readonly by: string | undefined;
  } & ServiceIdentity)
  | ({
    readonly kind: "service-ended";
    readonly state: ServiceState;
    readonly end: ServiceEnd;
  } & ServiceIdentity)
  | ({
    /** A service that an earlier program had started has ended while nobody watched it. */
    readonly kind: "service-ended-unattended";
    readonly host: string;
    readonly end: ServiceEnd;
    /** When: milliseconds since 1970. */
    readonly ended: number;
    /** Why it was ended, if its host knows. */
    readonly reason: string | undefined;
    /** Its last output. */
    readonly lastLines: readonly string[];
  } & ServiceIdentity)
  | {
    readonly kind: "scope-changed";
    /** Its full name; that of an outermost scope may be empty. */
    readonly path: string;
    readonly state: ScopeState;
    /** Why, or what it asks. */
    readonly reason: string | undefined;
  }
  | { readonly kind: "scope-gone"; readonly path: string }
  | {
    /** A socket that outlives the services on it had been spoilt by one of them. */
    readonly kind: "socket-mended";
    readonly path: string;
    readonly host: string;
    /** In words, as "it did not listen any more". */
    readonly problems: readonly string[];
  }
  | {
    /** Lines of a log that will not be in its file. */
    readonly kind: "lines-dropped";
    readonly path: string;
    readonly count: number;
    readonly reason: string;
  };

/** A fact in its place. */
export type ModelEvent = Fact & {
  /** Counted from 1 in the order in which it was observed. */
  readonly number: number;
  /** When, by the model's clock. */
  readonly time: Milliseconds;
};
