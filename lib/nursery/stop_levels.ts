/** Whose turns have come: those that no stopping one uses any more, and, in a request, those behind them. */
import type { StopGroup, Turn } from "./turn.ts";

/** Calls all whose turns have come; those of a group by one request. */
export function callFree(turns: Iterable<Turn>): void {
  const groups = Map.groupBy(new Round().free(turns), ([turn]) => turn.group);
  for (const [turn] of groups.get(undefined) ?? []) turn.call();
  groups.delete(undefined);
  for (const [group, calls] of groups) callGroup(group!, calls);
}

function callGroup(group: StopGroup, calls: readonly [Turn, Call][]): void {
  const byLevel = Map.groupBy(calls, ([, { level }]) => level);
  const ascending = [...byLevel].toSorted(([a], [b]) => a - b);
  group.stop(ascending.map(([, entries]) => entries.map(([turn]) => turn)));
  for (const [turn] of calls) turn.call();
}

/** Which level of the request of which group a turn is in. */
interface Call {
  readonly group: StopGroup | undefined;
  readonly level: number;
}

/** The graph at one moment. */
class Round {
  readonly #calls = new Map<Turn, Call>();
  /** Whether those that are passed have users that stop. */
  readonly #held = new Map<Turn, boolean>();

  free(turns: Iterable<Turn>): [Turn, Call][] {
    const queue = [...turns].filter((turn) => this.#isFree(turn));
    for (const turn of queue) {
      for (const used of turn.uses) {
        for (const next of isPassed(used) ? this.#passed(used) : [used]) {
          if (this.#isFree(next)) queue.push(next);
        }
      }
    }
    return [...this.#calls].filter(([turn]) => !isPassed(turn));
  }

  /** Whether a turn can be called now; then it gets its level. */
  #isFree(turn: Turn): boolean {
    if (!turn.isStopping || turn.isCalled || this.#calls.has(turn)) return false;
    const level = this.#levelBelow(turn, turn.group);
    if (level === undefined) return false;
    this.#calls.set(turn, { group: turn.group, level });
    return true;
  }

  /** The level of what all stopping users allow, if they do. */
  #levelBelow(turn: Turn, group: StopGroup | undefined): number | undefined {
    let level = 0;
    for (const user of turn.users) {
      const call = this.#calls.get(user);
      if (call && group !== undefined && call.group === group) {
        level = Math.max(level, call.level + (isPassed(user) ? 0 : 1));
      } else if (!isPassed(user) || this.#isHeld(user)) {
        return undefined;
      }
    }
    return level;
  }

  /** What one that is passed leads to, if all its stopping users are in one request or gone. */
  #passed(turn: Turn): Turn[] {
    if (this.#calls.has(turn)) return [];
    const group = this.#groupAbove(turn);
    const level = this.#levelBelow(turn, group);
    if (level === undefined) return [];
    this.#calls.set(turn, { group, level });
    return [...turn.uses].flatMap((used) => isPassed(used) ? this.#passed(used) : [used]);
  }

  #groupAbove(turn: Turn): StopGroup | undefined {
    for (const user of turn.users) {
      const call = this.#calls.get(user);
      if (call) return call.group;
    }
  }

  #isHeld(turn: Turn): boolean {
    let isHeld = this.#held.get(turn);
    if (isHeld === undefined) {
      isHeld = turn.users.values().some((user) => !isPassed(user) || this.#isHeld(user));
      this.#held.set(turn, isHeld);
    }
    return isHeld;
  }
}

/** Whether one is not waited for itself: what used it comes before what it has used all the same. */
function isPassed({ isJoint, isStopping, isLeaving }: Turn): boolean {
  return isJoint || !(isStopping || isLeaving);
}
