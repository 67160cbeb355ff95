/**
 * The edges of the order of stopping. There is never a circle: an edge that would close one is not made.
 * That is seen by the ranks: each node's is higher than those of all that it uses. Most edges fit the ranks
 * as they are; only where one does not, its surroundings are searched, and ranks are raised.
 */
import type { Turn } from "./turn.ts";

/** Lets one come after another. Returns false, and does nothing, if the other comes after it. */
export function link(user: Turn, used: Turn): boolean {
  if (user.rank <= used.rank) {
    if (reaches(used, user)) return false;
    raise(user, used.rank + 1);
  }
  user.uses.add(used);
  used.users.add(user);
  return true;
}

/** Takes out all that it uses. */
export function unlink(user: Turn): void {
  const uses = [...user.uses];
  user.uses.clear();
  for (const used of uses) used.users.delete(user);
  for (const used of uses) dissolve(used);
}

/** Whether the one has used the other, directly or not. */
export function reaches(from: Turn, to: Turn): boolean {
  if (from === to) return true;
  const seen = new Set([to]);
  for (const turn of seen) {
    for (const user of turn.users) {
      if (user === from) return true;
      if (user.rank < from.rank) seen.add(user);
    }
  }
  return false;
}

function raise(turn: Turn, rank: number): void {
  turn.rank = rank;
  const raised = [turn];
  for (let next = raised.pop(); next; next = raised.pop()) {
    for (const user of next.users) {
      if (user.rank > next.rank) continue;
      user.rank = next.rank + 1;
      raised.push(user);
    }
  }
}

/** Takes a joint out, if it need not stay and that makes no more edges than it has. */
export function dissolve(joint: Turn): void {
  const { uses, users } = joint;
  if (!joint.isJoint || joint.isFixed || joint.isGone || (uses.size > 1 && users.size > 1)) return;
  joint.isGone = true;
  for (const used of uses) used.users.delete(joint);
  for (const user of users) user.uses.delete(joint);
  for (const user of users) for (const used of uses) link(user, used);
  for (const next of [...uses, ...users]) dissolve(next);
}

/** What a turn uses, through joints that do not stay. */
export function realUses(turn: Turn): Turn[] {
  return [...turn.uses].flatMap((used) => used.isJoint && !used.isFixed ? realUses(used) : [used]);
}
