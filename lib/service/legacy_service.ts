/** A service that an earlier program has left on a host. */
import type { SIG } from "../abi/mod.ts";
import { printable } from "../logs/mod.ts";
import { type ChildProcess, stopOf, type StopOptions, type WaitStatus } from "../thread/mod.ts";
import type { Legacy } from "./estate.ts";
import type { Fingerprint } from "../nursery/mod.ts";
import { encodeNote, type Note } from "./note.ts";

/** What is noted of a service. */
export interface ServiceNote extends Note {
  readonly kind: "service";
  /** What the hashes of its secrets are salted with. */
  readonly salt: string;
  /** The processes that it was given, by their instances. */
  readonly holds: readonly string[];
  readonly command: string;
  readonly address: string | undefined;
  /** Whether it was seen to be ready, and not only to run. */
  readonly isReady: boolean;
  readonly stop: NotedStop;
  /** Whether it was told to end. */
  readonly isLeaving?: boolean;
}

/** How it is stopped; a grace of null has no end. */
export interface NotedStop {
  readonly signal: SIG;
  readonly grace: number | null;
  readonly group: boolean;
}

/** How a service is stopped, as it is noted. */
export function notedStop({ signal, grace, group }: Required<StopOptions>): NotedStop {
  return { signal, grace: Number.isFinite(grace) ? grace : null, group };
}

/** One service. */
export class LegacyService implements Legacy {
  readonly kind = "service";
  readonly path: string;
  readonly since: number;
  readonly instance: bigint;
  readonly holds: ReadonlySet<bigint>;
  readonly fingerprint: Fingerprint;
  readonly note: ServiceNote;
  readonly process: ChildProcess;
  readonly #hasEnded: boolean;
  #isTaken = false;
  /** Settles when it has ended and that was told, if nobody has taken it. */
  readonly #told: Promise<void>;

  /** @param hasEnded Whether it has, while no program was there. */
  constructor(process: ChildProcess, note: ServiceNote, hasEnded: boolean) {
    this.process = process;
    this.note = note;
    this.path = note.path;
    this.since = note.since;
    this.fingerprint = note.fingerprint;
    this.instance = process.instance;
    this.holds = new Set(note.holds.map((instance) => BigInt(`0x${instance}`)));
    this.#hasEnded = hasEnded;
    this.#told = process.wait().then((status) => this.#tell(status));
    this.#told.catch(() => {});
  }

  get isLeaving(): boolean {
    return this.#hasEnded || this.process.status !== undefined || this.note.isLeaving === true;
  }

  /** Somebody watches it from now on. */
  take(): void {
    this.#isTaken = true;
  }

  async end(): Promise<void> {
    const { process, note: { stop } } = this;
    if (!this.#hasEnded && !process.status) {
      this.take();
      process.note(encodeNote({ ...this.note, isLeaving: true } as ServiceNote));
      await process.terminate({ ...stop, grace: stop.grace ?? Infinity });
    }
    await this.#told;
  }

  /** What was told to end has ended as it was to: that is no news. */
  #tell(status: WaitStatus): void {
    if (this.#isTaken || this.note.isLeaving) return;
    const { path, instance, process: { host, log, reason } } = this;
    const { cause, swept, time } = status;
    const ended = host.standing!.dateOf(time);
    host.model.tell({
      ...{ kind: "service-ended-unattended", path: printable(path), instance, host: host.name },
      ...{ end: { status: `${status}`, cause, swept }, ended, reason, lastLines: log?.tail ?? [] },
    });
  }
}

/** Whether a note is that of a service, as this program writes it. */
export function isServiceNote(note: Note): note is ServiceNote {
  if (note.kind !== "service") return false;
  const { salt, holds, command, address, stop } = note as ServiceNote;
  return [salt, command, address ?? ""].every((text) => typeof text === "string") &&
    Array.isArray(holds) && holds.every((instance) => /^[0-9a-f]{1,16}$/.test(instance)) &&
    isStop(stop);
}

function isStop(stop: NotedStop | undefined): boolean {
  try {
    stopOf({ ...stop, grace: stop!.grace ?? Infinity });
    return typeof stop!.group === "boolean";
  } catch {
    return false;
  }
}

/** What is noted as `holds`. */
export function notedHolds(instances: ReadonlySet<bigint>): string[] {
  return [...instances].map((instance) => instance.toString(16));
}
