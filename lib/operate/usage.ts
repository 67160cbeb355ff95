/** What the services of a system use, measured for all that ask within a while. */
import type { ProcessStats } from "../thread/mod.ts";
import type { UsageView } from "./api.ts";
import type { RunningSystem } from "./system.ts";

/** How long a measurement is good for. */
const FRESH = 500;

/** Measures a system. */
export class Usage {
  readonly #system: RunningSystem;
  #last: Promise<Readonly<Record<string, UsageView>>> | undefined;
  #at = -Infinity;

  constructor(system: RunningSystem) {
    this.#system = system;
  }

  /** By the names of services; those that do not run, or whose host is lost, are left out. */
  async read(): Promise<Readonly<Record<string, UsageView>>> {
    const now = performance.now();
    if (now - this.#at > FRESH) [this.#at, this.#last] = [now, this.#measure()];
    return await this.#last!;
  }

  async #measure(): Promise<Record<string, UsageView>> {
    const living = [...this.#system.services.values()].filter(({ ended }) => ended === undefined);
    const measured = this.#system.hosts.map(async (host) => {
      const rows = living.filter((row) => row.host === host.name);
      const stats = await host.processStats(rows.map(({ pid }) => pid)).catch(() => new Map());
      return rows.flatMap(({ path, pid }) => {
        const found = stats.get(pid);
        return found ? [[path, usageView(found)] as const] : [];
      });
    });
    return Object.fromEntries((await Promise.all(measured)).flat());
  }
}

/** What processes use, as it is shown. */
export function usageView({ cpuTime, rss, processes }: ProcessStats): UsageView {
  return { cpu: cpuTime, memory: rss, processes };
}
