/** Adopting a service that an earlier program has left: it is watched as if this one had started it. */
import { stopOf, type Thread } from "../thread/mod.ts";
import type { LegacyService } from "./legacy_service.ts";
import { Life } from "./life.ts";
import type { Started, StartPlace } from "./one_start.ts";
import type { StartOptions } from "./options.ts";
import { Watcher } from "./readiness/watcher.ts";
import { stopInTurn } from "./stop_group.ts";
import { turnsOf } from "./uses.ts";

/**
 * Watches it from now on, in a nursery: whether it lives, and its health. It is ready already. What it would say
 * by sd_notify(3) nobody hears any more.
 */
export function adoptAt(
  place: StartPlace,
  thread: Thread,
  legacy: LegacyService,
  options: StartOptions,
): Started {
  const { nursery, path } = place;
  const { ready, health, cwd, uses, stop, address, ...spawn } = options;
  const { clock } = nursery;
  const watcher = Watcher.resume(thread, { service: path, clock, ready, health, spawn });
  const { process, note } = legacy;
  legacy.take();
  const life = new Life({
    ...{ nursery, process, path, address: address ?? note.address, watcher, waiting: [] },
    ...{ stop: stopOf(stop), noted: note, told: place },
  });
  const turn = nursery.ordered(async (_signal, turn) => {
    try {
      await stopInTurn(turn, life, cwd, place.name).catch((error) => place.lost(error));
    } finally {
      await watcher?.[Symbol.asyncDispose]();
    }
  }, { name: path, uses: turnsOf(nursery, uses, process.host) });
  return { life, turn };
}
