/**
 * Sections of the order of stopping, which are as one to the rest. One stands between two joints that
 * stay: all in it may come after its base, and its top comes after all in it that are ready. What is
 * outside and has used one in it comes after its top, so that it does not matter when that one is replaced.
 *
 * A section can be run again. What is claimed in a run comes after what was claimed and ready before it in
 * that run, whatever was there already; who is not claimed keeps its place until it leaves.
 *
 * Most of the time "all that are ready" is the same set for many who come, so it is one node in the
 * graph, a joint, and the edges stay few. One that leaves before its users becomes a joint, too.
 */
import { dissolve, link, reaches, realUses, unlink } from "./links.ts";
import { type Part, Turn, type Used } from "./turn.ts";

/** For the library: a part of the order of stopping whose body can be run again. */
export class Section implements Part {
  readonly parent: Section | undefined;
  readonly top: Turn;
  readonly #base: Turn;
  /** Tells that edges have changed. */
  readonly #changed: () => void;
  readonly #members = new Set<Turn | Section>();
  /** Members that are ready and that no ready one has used; at first the base. */
  readonly #frontier = new Set<Turn>();
  /** The node that stands for the frontier, until that changes. */
  #joint: Turn | undefined;
  #run = 0;

  /** For the order. */
  constructor(parent: Section | undefined, changed: () => void) {
    this.parent = parent;
    this.#changed = changed;
    this.#base = jointIn(this);
    this.top = jointIn(parent ?? this);
    for (const joint of [this.#base, this.top]) joint.isFixed = true;
    link(this.top, this.#base);
    if (!parent) return;
    this.#frontier.add(this.#base);
    parent.#members.add(this);
  }

  /** All turns in it. */
  get turns(): Turn[] {
    return [...this.#members].flatMap((member) => member instanceof Turn ? [member] : member.turns);
  }

  /** A new run begins: nothing has been claimed in it. */
  begin(): void {
    this.#run++;
    this.#joint = undefined;
    this.#frontier.clear();
    this.#frontier.add(this.#base);
  }

  /** The run has ended: what comes from now on in the parent may have used all that is ready in it. */
  ready(): void {
    unlink(this.top);
    link(this.top, this.#base);
    for (const member of this.#members) {
      const exit = exitOf(member);
      if (this.#isReady(exit)) link(this.top, exit);
    }
    if (this.parent) this.parent.#settle(this.top, this.#base);
    this.#changed();
  }

  /**
   * It is claimed in a run of its parent, as if it had come only now; what is in it stays.
   *
   * @param uses What it has used; undefined if that is not known.
   */
  again(uses?: readonly Used[]): void {
    if (this.parent) this.parent.#claim(this.top, this.#base, uses);
  }

  /** It is over: all that was in it has left. */
  leave(): void {
    const { parent } = this;
    if (parent) {
      parent.#members.delete(this);
      parent.#withdraw(this.top, this.#base);
    }
    for (const joint of [this.#base, this.top]) joint.isFixed = false;
    for (const joint of [this.#base, this.top]) dissolve(joint);
  }

  /** For the order. */
  claim(turn: Turn, uses: readonly Used[] | undefined): void {
    this.#members.add(turn);
    this.#claim(turn, turn, uses);
  }

  /** For the order. */
  settle(turn: Turn): void {
    this.#settle(turn, turn);
  }

  /** For the order. */
  remove(turn: Turn): void {
    this.#members.delete(turn);
    this.#withdraw(turn, turn);
    turn.isJoint = true;
    dissolve(turn);
    this.#changed();
  }

  /** @param entry What comes after its uses: the turn, or the base of the section whose top it is. */
  #claim(turn: Turn, entry: Turn, uses: readonly Used[] | undefined): void {
    if (turn.run === this.#run && !uses) return;
    this.#withdraw(turn, entry);
    turn.run = this.#run;
    this.#keepOrder(turn, entry, uses ? [] : [...this.#frontier]);
    unlink(entry);
    if (uses) { for (const used of uses) this.#use(entry, used); }
    else this.#useAll(entry);
    this.#changed();
  }

  /**
   * Those that were not claimed in this run keep what they used through one that was.
   *
   * @param next What that one uses next, so that they have it through it as before.
   */
  #keepOrder(turn: Turn, entry: Turn, next: readonly Turn[]): void {
    const users = [...turn.users].filter((user) => this.#isUnclaimed(user));
    if (users.length === 0) return;
    const joint = jointIn(this);
    for (const used of entry.uses) if (!next.includes(used)) link(joint, used);
    for (const user of users) link(user, joint);
    dissolve(joint);
  }

  #isUnclaimed(user: Turn): boolean {
    if (user.part !== this && user.part.parent !== this) return false;
    if (!user.isJoint) return user.run !== this.#run;
    if (user.isFixed) return user !== user.part.top && user.part.top.run !== this.#run;
    return user.part === this;
  }

  #settle(turn: Turn, entry: Turn): void {
    if (turn.isReady || turn.run !== this.#run) return;
    turn.isReady = true;
    for (const used of realUses(entry)) this.#frontier.delete(used);
    this.#frontier.add(turn);
    this.#joint = undefined;
    if (this.parent) link(this.top, turn);
  }

  #withdraw(turn: Turn, entry: Turn): void {
    turn.isReady = false;
    if (!this.#frontier.delete(turn)) return;
    this.#joint = undefined;
    for (const used of realUses(entry)) {
      const isIn = used === this.#base || this.#isReady(used);
      if (isIn && !this.#hasReadyUser(used)) this.#frontier.add(used);
    }
  }

  #useAll(user: Turn): void {
    if (this.#frontier.size > 1) {
      if (!this.#joint || this.#joint.isGone) {
        this.#joint = jointIn(this);
        for (const used of this.#frontier) link(this.#joint, used);
      }
      if (link(user, this.#joint)) return;
      dissolve(this.#joint);
    }
    const linked = [...this.#frontier].filter((used) => link(user, used));
    if (linked.length === 0) link(user, this.#base);
  }

  /** One of another section stands for that section, if its top comes after it. */
  #use(user: Turn, used: Used): void {
    if (used instanceof Turn ? used.isJoint : this.#isWithin(used)) return;
    let all = exitOf(used);
    let isCovered = true;
    let at = used instanceof Turn ? used.part : used.parent;
    for (; at && !this.#isWithin(at); at = at.parent) {
      isCovered &&= at.top.uses.has(all);
      all = at.top;
    }
    if (!at) return;
    if (isCovered && !this.#isUsedBy(all, at) && link(user, all)) return;
    link(user, exitOf(used));
  }

  /** Whether one in an outer section comes after this section. */
  #isUsedBy(turn: Turn, outer: Part): boolean {
    if (outer === this || !this.parent) return false;
    return reaches(turn, this.top) || this.parent.#isUsedBy(turn, outer);
  }

  #isWithin(part: Part): boolean {
    return part === this || (this.parent !== undefined && this.parent.#isWithin(part));
  }

  #isReady(turn: Turn): boolean {
    return turn.isReady && turn.part === this && turn.run === this.#run;
  }

  #hasReadyUser(turn: Turn): boolean {
    for (const user of turn.users) {
      const isPassed = user.isJoint && !user.isFixed;
      if (isPassed ? this.#hasReadyUser(user) : this.#isReady(user)) return true;
    }
    return false;
  }
}

function jointIn(part: Part): Turn {
  const joint = new Turn(undefined, part);
  joint.isJoint = true;
  return joint;
}

function exitOf(used: Used): Turn {
  return used instanceof Turn ? used : used.top;
}
