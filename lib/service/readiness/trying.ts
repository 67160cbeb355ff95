/** What a try of a probe is made with, and what it throws. */
import type { Clock, Milliseconds } from "../../clock/mod.ts";
import { printable } from "../../logs/mod.ts";
import type { SpawnOptions, Thread } from "../../thread/mod.ts";
import type { Redaction } from "../../thread/redaction.ts";

/** What a try is made with. */
export interface Trying {
  /** On the service's host, and nobody else's. */
  readonly thread: Thread;
  readonly clock: Clock;
  /** How long it may take on the host. */
  readonly timeout: Milliseconds;
  /** The service's path. */
  readonly service: string;
  /** As what a command runs. */
  readonly spawn: SpawnOptions;
  /** What leaves the service's secrets out of what it answers. */
  readonly redaction: Redaction | undefined;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

const MOST_QUOTED = 100;

/** A try of a probe did not get what it should. */
export class TryError extends Error {
  override readonly name = "TryError";
}

/** What somebody else has written, for an error, without the secrets in it. */
export function quoted(bytes: Uint8Array, redaction: Redaction | undefined): string {
  const text = new TextDecoder().decode(redaction?.of(bytes) ?? bytes);
  const cut = text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text;
  return printable(JSON.stringify(cut));
}

/** A duration, for an error. */
export function inSeconds(duration: Milliseconds): string {
  return `${duration / 1000} s`;
}
