/** What an agent tells of processes without being asked, read with every value checked. */
import { CAUSE, END, STANDS } from "./constants.ts";
import { RemoteProtocolError } from "./errors.ts";
import { int64 } from "./frame.ts";

/** Something that happened to the process of a thread. What is not of an end is zero in other events. */
export interface ChildEvent {
  readonly kind: "exited" | "killed" | "dumped" | "stopped" | "continued";
  /** The exit status, or the signal. */
  readonly status: number;
  /** Which process it was, of all that ever had its number or pid. */
  readonly instance: bigint;
  /** When it ended: milliseconds of the host's CLOCK_BOOTTIME. */
  readonly time: number;
  /** Whether a stop had asked it to end, and whether it had to be killed for that. */
  readonly cause: "itself" | "stopped" | "forced";
  /** Processes of its tree that were left, and were killed with it. */
  readonly swept: number;
  /** Microseconds of processor time. */
  readonly userTime: number;
  readonly systemTime: number;
  /** KiB. */
  readonly maxRss: number;
}

/** A process that an agent has, or a descriptor that it holds, whose thread, instance and pid are 0. */
export interface Standing {
  readonly thread: number;
  readonly instance: bigint;
  /** When it was cloned or held: milliseconds of the host's CLOCK_BOOTTIME. */
  readonly started: number;
  readonly pid: number;
  readonly state: "thread" | "service" | "ended" | "kept" | "held";
  /** What a held descriptor is called; empty for a process. */
  readonly name: string;
  /** What was last noted of it. */
  readonly note: Uint8Array;
}

const KINDS = { [END.EXITED]: "exited", [END.KILLED]: "killed", [END.DUMPED]: "dumped" } as const;
const CAUSES = {
  [CAUSE.ITSELF]: "itself",
  [CAUSE.STOPPED]: "stopped",
  [CAUSE.FORCED]: "forced",
} as const;
const STATES = {
  [STANDS.THREAD]: "thread",
  [STANDS.SERVICE]: "service",
  [STANDS.ENDED]: "ended",
  [STANDS.KEPT]: "kept",
  [STANDS.HELD]: "held",
} as const;

const NANOSECONDS = 1e6;
const STANDS_SIZE = 24;

/** @throws {RemoteProtocolError} If a value has no meaning. */
export function decodeEnded(body: Uint8Array): ChildEvent {
  const view = viewOf(body);
  return {
    kind: meaning(KINDS, view.getUint32(16, true), "end"),
    status: view.getInt32(20, true),
    instance: view.getBigUint64(0, true),
    time: int64(view, 8) / NANOSECONDS,
    cause: meaning(CAUSES, view.getUint32(24, true), "cause of an end"),
    swept: view.getUint32(28, true),
    userTime: int64(view, 32),
    systemTime: int64(view, 40),
    maxRss: int64(view, 48),
  };
}

/** @throws {RemoteProtocolError} If a value has no meaning. */
export function decodeChanged(body: Uint8Array): ChildEvent {
  const view = viewOf(body);
  return {
    kind: meaning({ 0: "continued", 1: "stopped" } as const, view.getUint32(0, true), "change"),
    status: view.getInt32(4, true),
    ...NO_END,
  };
}

/** @throws {RemoteProtocolError} If a value has no meaning. */
export function decodeStands(thread: number, body: Uint8Array): Standing {
  const view = viewOf(body);
  const state = meaning(STATES, view.getUint32(20, true), "state");
  return {
    thread,
    instance: view.getBigUint64(0, true),
    started: int64(view, 8) / NANOSECONDS,
    pid: view.getUint32(16, true),
    state,
    ...named(state === "held", body.subarray(STANDS_SIZE)),
  };
}

/** The name before a held descriptor's note. */
function named(isHeld: boolean, bytes: Uint8Array): { name: string; note: Uint8Array } {
  if (!isHeld) return { name: "", note: bytes };
  const end = bytes.indexOf(0);
  if (end <= 0) throw new RemoteProtocolError("The agent told of a held descriptor without a name");
  return { name: new TextDecoder().decode(bytes.subarray(0, end)), note: bytes.subarray(end + 1) };
}

const NO_END = {
  instance: 0n,
  time: 0,
  cause: "itself",
  swept: 0,
  userTime: 0,
  systemTime: 0,
  maxRss: 0,
} as const;

function meaning<T>(table: Readonly<Record<number, T>>, number: number, what: string): T {
  const found = Object.hasOwn(table, number) ? table[number] : undefined;
  if (found === undefined) {
    throw new RemoteProtocolError(`The agent told of an unknown ${what}: ${number}`);
  }
  return found;
}

function viewOf(body: Uint8Array): DataView {
  return new DataView(body.buffer, body.byteOffset, body.byteLength);
}
