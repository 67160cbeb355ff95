/**
 * The life of a service as one table: what each event makes of each state. An event that a state does
 * not name changes nothing, such as readiness that comes when it is being stopped.
 */
import type { ServiceState } from "../model/mod.ts";

/** What can happen to a service. */
export type LifeEvent =
  /** It said that it is ready, or was seen to be. */
  | "ready"
  /** It was ready, and is not any more. */
  | "unready"
  /** Somebody asked it to stop. */
  | "stop"
  /** It ended as it was asked to. */
  | "ended"
  /** It ended by itself, with status 0. */
  | "exited"
  /** It ended by itself, in another way. */
  | "broke"
  /** Its host was lost. */
  | "lost";

const OVER = {};

const LIFE: Readonly<Record<ServiceState, Readonly<Partial<Record<LifeEvent, ServiceState>>>>> = {
  starting: {
    ready: "ready",
    stop: "stopping",
    ended: "stopped",
    exited: "failed",
    broke: "failed",
    lost: "unknown",
  },
  running: {
    stop: "stopping",
    ended: "stopped",
    exited: "finished",
    broke: "failed",
    lost: "unknown",
  },
  ready: {
    unready: "unready",
    stop: "stopping",
    ended: "stopped",
    exited: "finished",
    broke: "failed",
    lost: "unknown",
  },
  unready: {
    ready: "ready",
    stop: "stopping",
    ended: "stopped",
    exited: "finished",
    broke: "failed",
    lost: "unknown",
  },
  // It may end by itself before it hears that it is to.
  stopping: { ended: "stopped", exited: "stopped", broke: "failed", lost: "unknown" },
  stopped: OVER,
  finished: OVER,
  failed: OVER,
  unknown: OVER,
};

/** The state after an event. */
export function after(state: ServiceState, event: LifeEvent): ServiceState {
  return LIFE[state][event] ?? state;
}

/** Whether nothing follows a state. */
export function isOver(state: ServiceState): boolean {
  return LIFE[state] === OVER;
}
