/** What a host that outlives programs has of earlier ones. */
import type { Standing } from "../wire/mod.ts";

/** What outlives programs, as it was when this one came. */
export interface StandingInfo {
  /** The system that the host stands for. */
  readonly system: string;
  /** What stood, and what had ended without a program being told. */
  readonly stands: readonly Standing[];
  /** Closes a descriptor that is held. */
  release(name: string): Promise<void>;
}
