/**
 * What every thread does, wherever it runs. Each kind of host registers the whole suite.
 *
 * What one kind cannot do is left out by name, with the reason, in `without`.
 */
import type { Host, HostOptions } from "bailiwick";
import { systemTest } from "bailiwick/testing";
import { batchChecks } from "./batches.ts";
import type { Checks } from "./checks.ts";
import { commandChecks } from "./commands.ts";
import { datagramChecks } from "./datagrams.ts";
import { descriptorChecks } from "./descriptors.ts";
import { directoryChecks } from "./directories.ts";
import { eventChecks } from "./events.ts";
import { fileChecks } from "./files.ts";
import { memoryChecks } from "./memory.ts";
import { namespaceChecks } from "./namespaces.ts";
import { privilegeChecks } from "./privileges.ts";
import { processChecks } from "./processes.ts";
import { socketChecks } from "./sockets.ts";
import { streamChecks } from "./streams.ts";
import { waitingChecks } from "./waiting.ts";

const CHECKS: Checks = {
  ...fileChecks,
  ...socketChecks,
  ...batchChecks,
  ...waitingChecks,
  ...descriptorChecks,
  ...processChecks,
  ...streamChecks,
  ...commandChecks,
  ...directoryChecks,
  ...datagramChecks,
  ...memoryChecks,
  ...eventChecks,
  ...privilegeChecks,
  ...namespaceChecks,
};

/** A kind of host that conforms. */
export interface Kind {
  readonly name: string;
  readonly host: (options: HostOptions) => Promise<Host>;
  readonly ignore?: boolean;
  /** Checks that this kind cannot pass, and why. */
  readonly without?: Readonly<Record<string, string>>;
}

/** Registers the suite as tests of one kind of host. */
export function conformance({ name, host, ignore = false, without = {} }: Kind): void {
  for (const check of Object.keys(without)) {
    if (!(check in CHECKS)) throw new RangeError(`No check is called ${check}`);
  }
  for (const [check, run] of Object.entries(CHECKS)) {
    if (check in without) continue;
    systemTest(`${name}: ${check}`, run, { host, ignore });
  }
}
