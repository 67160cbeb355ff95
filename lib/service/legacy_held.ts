/** A descriptor, or a result, that an earlier program has left with a host. */
import type { HostInfo } from "../thread/mod.ts";
import type { Legacy } from "./estate.ts";
import type { Note } from "./note.ts";

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
  readonly note: Note;

  constructor(host: HostInfo, name: string, note: Note) {
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
