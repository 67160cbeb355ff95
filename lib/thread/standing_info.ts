/** What a host that outlives programs has of earlier ones. */
import type { Standing } from "../wire/mod.ts";

/** What outlives programs, as it was when this one came. */
export interface StandingInfo {
  /** The system that the host stands for. */
  readonly system: string;
  /** What stood, and what had ended without a program being told. */
  readonly stands: readonly Standing[];
  /** The build of its agent. */
  readonly build: string;
  /** Of the program that was in charge of it before this one; 0 if none ever was. */
  readonly generation: bigint;
  /** A time of the host's CLOCK_BOOTTIME, in milliseconds, as milliseconds since 1970. */
  dateOf(time: number): number;
  /** Closes a descriptor that is held. */
  release(name: string): Promise<void>;
}
