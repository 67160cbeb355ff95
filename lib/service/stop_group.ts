/** Stopping services in their turns, and many of one host by one request. */
import type { StopGroup, Turn } from "../nursery/mod.ts";
import { ChildProcess, type HostInfo, type PathLike } from "../thread/mod.ts";
import type { Life } from "./life.ts";

/** The services of one host. */
export class HostStopGroup implements StopGroup {
  readonly #host: HostInfo;
  readonly #lives = new Map<Turn, Life>();

  constructor(host: HostInfo) {
    this.#host = host;
  }

  /** Stops a service in its turn, from now until it is over. */
  add(turn: Turn, life: Life): void {
    this.#lives.set(turn, life);
    turn.join(this);
    life.ended.catch(() => {}).then(() => this.#lives.delete(turn));
  }

  stop(levels: readonly (readonly Turn[])[]): void {
    const all = levels.map((turns) => turns.flatMap((turn) => this.#lives.get(turn) ?? []));
    for (const life of all.flat()) if (life.staysOn) life.letGo();
    const lives = all.map((level) => level.filter((life) => !life.staysOn));
    for (const life of lives.flat()) life.asked();
    const stops = lives.map((level) =>
      level.map(({ process, stopping }) => ({ process, ...stopping }))
    );
    ChildProcess.stop(stops).catch((error) => {
      if (!this.#host.lost) { for (const life of lives.flat()) life.cannotStop(error); }
    });
  }
}

const groups = new WeakMap<HostInfo, HostStopGroup>();

/** The group of a host. */
function groupOf(host: HostInfo): HostStopGroup {
  let group = groups.get(host);
  if (!group) groups.set(host, group = new HostStopGroup(host));
  return group;
}

/**
 * Has a service stop in its turn, and settles when it is over.
 *
 * @param name What stands for it beside its life, if anything does.
 */
export async function stopInTurn(
  turn: Turn,
  life: Life,
  workdir: PathLike | undefined,
  name?: unknown,
): Promise<void> {
  for (const key of [life, name, life.address, workdir && `${workdir}`]) {
    if (key) turn.provides(key);
  }
  groupOf(life.process.host).add(turn, life);
  // Its turn may have come before it was in the group.
  const stopped = turn.come.then(async () => {
    if (life.staysOn) life.letGo();
    else if (life.state !== "stopping") await life.stop();
  });
  await Promise.race([life.over, stopped.then(() => life.over)]);
}
