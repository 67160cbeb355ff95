/** Services that stand, as an operator sees them when no program is asked. */
import { isServiceNote, type ServiceNote } from "../../service/legacy_service.ts";
import { decodeNote, type Unread } from "../../service/note.ts";
import type { ServiceState } from "../../model/mod.ts";
import type { EndView, UsageView } from "../../operate/mod.ts";
import type { Standing } from "../../wire/mod.ts";
import type { RecordedHost } from "./record.ts";

/** One service: a line of `ps --json`. */
export interface ServiceLine {
  /** Its full path. */
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  /**
   * As its program says it; without a program what its host knows. `running`: it has no way to say that it is ready.
   * `ended`: it has ended, and no program was told. `unknown`: its host cannot be reached, or a newer program has
   * noted what it is.
   */
  readonly state: ServiceState | "ended";
  /** When it came into this state; without a program when it was ready: ISO 8601. */
  readonly since?: string;
  /** How often the program in charge has started it again. */
  readonly restarts: number;
  readonly address?: string;
  /** What only a program knows. */
  readonly scope?: string;
  readonly instance?: string;
  readonly started?: string;
  /** Why it is not ready. */
  readonly reason?: string;
  /** How it says that it is. */
  readonly says?: string;
  /** The signal by which somebody has paused it. */
  readonly paused?: string;
  readonly lastEnd?: EndView;
  readonly usage?: UsageView;
}

/** The services among what stands on a host. */
export function rowsOf(
  { name: host, services }: RecordedHost,
  standing: readonly Standing[],
): ServiceLine[] {
  return standing.flatMap(({ state, pid, note: bytes }) => {
    const note = decodeNote(bytes);
    if ("why" in note) return state === "kept" ? [unread(host, pid, note)] : [];
    if (!isServiceNote(note)) return [];
    const { path: name, since, address } = note;
    const restarts = services.find(({ path }) => path === name)?.restarts ?? 0;
    return [{
      ...{ name, host, pid, state: stateOf(state, note) },
      ...{ since: new Date(since).toISOString(), restarts },
      ...(address !== undefined && { address }),
    }];
  });
}

function unread(host: string, pid: number, { path, why }: Unread): ServiceLine {
  return { name: path ?? `(${why})`, host, pid, state: "unknown", restarts: 0 };
}

/** What was last known of a host's services. */
export function unknownRows({ name: host, services }: RecordedHost): ServiceLine[] {
  return services.map(({ path: name, pid, restarts, address }) => ({
    ...{ name, host, pid, state: "unknown", restarts },
    ...(address !== undefined && { address }),
  }));
}

function stateOf(state: Standing["state"], note: ServiceNote): ServiceLine["state"] {
  if (state === "ended") return "ended";
  if (state !== "kept") return "starting";
  if (note.isLeaving) return "stopping";
  return note.isReady ? "ready" : "running";
}
