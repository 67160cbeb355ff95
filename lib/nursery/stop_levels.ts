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
  /** Whether joints have users that stop. */
  readonly #held = new Map<Turn, boolean>();

  free(turns: Iterable<Turn>): [Turn, Call][] {
    const queue = [...turns].filter((turn) => this.#isFree(turn));
    for (const turn of queue) {
      for (const used of turn.uses) {
        for (const next of used.isJoint ? this.#passed(used) : [used]) {
          if (this.#isFree(next)) queue.push(next);
        }
      }
    }
    return [...this.#calls].filter(([turn]) => !turn.isJoint);
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
        level = Math.max(level, call.level + (user.isJoint ? 0 : 1));
      } else if (user.isJoint ? this.#isHeld(user) : ends(user)) {
        return undefined;
      }
    }
    return level;
  }

  /** What a joint leads to, if all its stopping users are in one request or gone. */
  #passed(joint: Turn): Turn[] {
    if (this.#calls.has(joint)) return [];
    const group = this.#groupAbove(joint);
    const level = this.#levelBelow(joint, group);
    if (level === undefined) return [];
    this.#calls.set(joint, { group, level });
    return [...joint.uses].flatMap((used) => used.isJoint ? this.#passed(used) : [used]);
  }

  #groupAbove(joint: Turn): StopGroup | undefined {
    for (const user of joint.users) {
      const call = this.#calls.get(user);
      if (call) return call.group;
    }
  }

  #isHeld(joint: Turn): boolean {
    let isHeld = this.#held.get(joint);
    if (isHeld === undefined) {
      isHeld = joint.users.values().some((user) => user.isJoint ? this.#isHeld(user) : ends(user));
      this.#held.set(joint, isHeld);
    }
    return isHeld;
  }
}

/** Whether one that uses others is to be waited for. */
function ends(user: Turn): boolean {
  return user.isStopping || user.isLeaving;
}
