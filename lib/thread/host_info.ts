import type { Abi } from "../abi/mod.ts";
import type { Model } from "../model/mod.ts";
import type { HostDescription } from "../wire/mod.ts";
import type { StandingInfo } from "./standing_info.ts";

/** What a thread knows of the host that it runs on. Two threads are on one host if this is the same. */
export interface HostInfo extends HostDescription {
  /** The name that the program gave the host. */
  readonly name: string;
  readonly abi: Abi;
  /** The environment of services: what of the agent's is meant for them, and what the program adds. */
  readonly serviceEnvironment: Readonly<Record<string, string>>;
  /** Where service logs are kept on the program's machine; none are written without it. */
  readonly logDirectory: string | undefined;
  /** Where what happens on it is observed. */
  readonly model: Model;
  /** Whether it is this machine, seen as the program sees it. */
  readonly local: boolean;
  /** Whether the host was lost or closed. */
  readonly lost: boolean;
  /**
   * Bytes that one call should move at the most, in either direction. On a slow link it is little: a call's
   * bytes travel in one piece, and everything else waits for them.
   */
  readonly piece: number;
  /** What it has of earlier programs, if it outlives this one; else all on it ends with it. */
  readonly standing?: StandingInfo | undefined;
}
