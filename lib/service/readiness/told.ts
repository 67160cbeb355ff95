/** Who says how a service is: it does itself, or a probe. Only what both take for ready is ready. */
export type Witness = "itself" | "probe";

/** Who is told what comes to be known of a service: the life of it. */
export interface Told {
  /** It is ready, for the first time or again. */
  seenReady(witness: Witness): void;
  /** It is not ready any more. */
  seenUnready(witness: Witness, reason: string): void;
  /** How it says that it is. */
  said(status: string): void;
  /** It has done what it must not, and is to end for that. */
  faulted(problem: string): void;
  /** Aborted when it is asked to stop, or has ended. */
  readonly live: AbortSignal;
}
