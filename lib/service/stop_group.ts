/** Stopping many services of one host by one request. */
import type { Clock } from "../clock/mod.ts";
import type { StopGroup, Turn } from "../nursery/mod.ts";
import { type HostInfo, stopLevels } from "../thread/mod.ts";
import type { Life } from "./life.ts";

/** The services of one host that are told to stop by one clock. */
export class HostStopGroup implements StopGroup {
  readonly #clock: Clock;
  readonly #host: HostInfo;
  readonly #lives = new Map<Turn, Life>();

  constructor(host: HostInfo, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
  }

  /** Stops a service in its turn, from now until it is over. */
  add(turn: Turn, life: Life): void {
    this.#lives.set(turn, life);
    turn.join(this);
    life.ended.catch(() => {}).then(() => this.#lives.delete(turn));
  }

  stop(levels: readonly (readonly Turn[])[]): void {
    const lives = levels.map((turns) => turns.flatMap((turn) => this.#lives.get(turn) ?? []));
    for (const life of lives.flat()) life.asked();
    stopLevels(lives, this.#clock).catch((error) => {
      if (!this.#host.lost) { for (const life of lives.flat()) life.cannotStop(error); }
    });
  }
}

const groups = new WeakMap<HostInfo, WeakMap<Clock, HostStopGroup>>();

/** The group of a host and a clock. */
export function groupOf(host: HostInfo, clock: Clock): HostStopGroup {
  let ofHost = groups.get(host);
  if (!ofHost) groups.set(host, ofHost = new WeakMap());
  let group = ofHost.get(clock);
  if (!group) ofHost.set(clock, group = new HostStopGroup(host, clock));
  return group;
}
