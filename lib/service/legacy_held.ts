/** A descriptor, or a result, that an earlier program has left with a host. */
import type { HostInfo } from "../thread/mod.ts";
import type { Legacy } from "./estate.ts";
import type { Note } from "./note.ts";

/** What is noted of it. */
export interface HeldNote extends Note {
  readonly kind: "descriptor" | "result" | "task after confirmation";
  /** Of a descriptor, which it is of all that ever have its path; else what was done has had as its result, as JSON. */
  readonly value: string;
  /** Where a socket is bound, as the kernel says it, in base64. */
  readonly sockname?: string;
  /** Of a TCP socket that listens, how many connections may wait. */
  readonly backlog?: number;
  /** What the hashes of secrets are salted with. */
  readonly salt: string;
}

/** Whether a note is that of what is held, as this program writes it. */
export function isHeldNote(note: Note): note is HeldNote {
  const { kind, value, salt } = note as HeldNote;
  if (typeof value !== "string" || typeof salt !== "string") return false;
  if (kind === "descriptor") return true;
  return (kind === "result" || kind === "task after confirmation") && isJson(value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** One that is held. */
export class LegacyHeld implements Legacy {
  readonly kind: string;
  readonly path: string;
  readonly since: number;
  readonly instance = undefined;
  readonly holds: ReadonlySet<bigint> = new Set();
  readonly isLeaving = false;
  readonly host: HostInfo;
  /** By which the host holds it. */
  readonly name: string;
  readonly note: HeldNote;

  constructor(host: HostInfo, name: string, note: HeldNote) {
    this.host = host;
    this.name = name;
    this.note = note;
    this.kind = note.kind;
    this.path = note.path;
    this.since = note.since;
  }

  async end(): Promise<void> {
    if (!this.host.lost) await this.host.standing!.release(this.name);
  }
}
