/**
 * In which order things stop. Each has a turn, in a graph whose edges say who used whom. The rules:
 *
 * - A turn comes when its owner is stopping and all stopping ones that used it have left. Those whose
 *   turns come at the same time are siblings; they stop together.
 * - One whose uses are not known may have used every one that was ready before it came.
 * - A group stops many by one request, in levels: also those that are used only by others of the same
 *   request. Nobody has to be asked between the levels then.
 *
 * Most of the time "all that are ready" is the same set for many who come, so it is one node in the
 * graph, a joint, and the edges stay few. One that leaves before its users becomes a joint, too.
 */

/** Stops many at once. */
export interface StopGroup {
  /** Each level begins when all of the one before have left. */
  stop(levels: readonly (readonly Turn[])[]): void;
}

/** When something stops, among others that do. */
export class Turn {
  readonly owner: unknown;
  readonly #order: StopOrder;
  readonly #come = Promise.withResolvers<void>();
  /** Joints have no life of their own: they are there for their edges. */
  isJoint = false;
  isStopping = false;
  isCalled = false;
  isReady = false;
  group: StopGroup | undefined;
  readonly uses: Set<Turn> = new Set();
  readonly users: Set<Turn> = new Set();

  /** For the order. */
  constructor(owner: unknown, order: StopOrder) {
    this.owner = owner;
    this.#order = order;
  }

  /** Settles when this one is to stop. */
  get come(): Promise<void> {
    return this.#come.promise;
  }

  /** What comes from now on may have used it. */
  ready(): void {
    this.#order.ready(this);
  }

  /** It is claimed again. */
  again(_uses: readonly Turn[] | undefined): void {}

  /** This group stops it from now on; that its turn comes then only tells so. */
  join(group: StopGroup): void {
    this.group = group;
  }

  /** For the library: it is found by this from now on, until it leaves: an address, a value that stands for it. */
  provides(key: unknown): void {
    this.#order.provides(this, key);
  }

  /** For the order. */
  call(): void {
    this.isCalled = true;
    this.#come.resolve();
  }
}

/** Lets things stop, the users of each before it. */
export class StopOrder {
  readonly #turns = new Set<Turn>();
  readonly #stopping = new Set<unknown>();
  /** Places that are ready and that no ready one has used. */
  readonly #frontier = new Set<Turn>();
  readonly #providers = new Map<unknown, Set<Turn>>();
  readonly #keys = new Map<Turn, unknown[]>();
  /** The node that stands for the frontier, until that changes. */
  #joint: Turn | undefined;
  #isDue = false;

  /** @param uses What it has used; undefined if that is not known. */
  enter(owner: unknown, uses: readonly Turn[] | undefined): Turn {
    const turn = new Turn(owner, this);
    turn.isStopping = this.#stopping.has(owner);
    for (const used of uses ?? this.#all()) if (this.#turns.has(used)) link(turn, used);
    this.#turns.add(turn);
    if (turn.isStopping) this.#evaluateSoon();
    return turn;
  }

  /** Takes note that what comes from now on may have used it. */
  ready(turn: Turn): void {
    if (turn.isReady || !this.#turns.has(turn)) return;
    turn.isReady = true;
    for (const used of realUses(turn)) this.#frontier.delete(used);
    this.#frontier.add(turn);
    this.#joint = undefined;
  }

  provides(turn: Turn, key: unknown): void {
    if (!this.#turns.has(turn)) return;
    const providers = this.#providers.get(key) ?? new Set();
    this.#providers.set(key, providers.add(turn));
    this.#keys.set(turn, [...(this.#keys.get(turn) ?? []), key]);
  }

  /** Those that are found by this key. */
  providers(key: unknown): readonly Turn[] {
    return [...(this.#providers.get(key) ?? [])];
  }

  leave(turn: Turn): void {
    if (!this.#turns.delete(turn)) return;
    this.#forgetKeys(turn);
    turn.isJoint = true;
    if (this.#frontier.delete(turn)) {
      for (const used of realUses(turn)) {
        if (used.isReady && !hasReadyUser(used)) this.#frontier.add(used);
      }
      this.#joint = undefined;
    }
    this.#dissolve(turn);
    this.#evaluateSoon();
  }

  /** Has all turns of this owner stop, each in its turn. */
  stop(owner: unknown): void {
    this.#stopping.add(owner);
    for (const turn of this.#turns) if (turn.owner === owner) turn.isStopping = true;
    this.#evaluateSoon();
  }

  /** Forgets an owner all of whose turns have left. */
  forget(owner: unknown): void {
    this.#stopping.delete(owner);
  }

  #forgetKeys(turn: Turn): void {
    for (const key of this.#keys.get(turn) ?? []) {
      const providers = this.#providers.get(key);
      providers?.delete(turn);
      if (providers?.size === 0) this.#providers.delete(key);
    }
    this.#keys.delete(turn);
  }

  #all(): Iterable<Turn> {
    if (this.#frontier.size < 2) return this.#frontier;
    if (!this.#joint) {
      this.#joint = new Turn(undefined, this);
      this.#joint.isJoint = true;
      for (const used of this.#frontier) link(this.#joint, used);
    }
    this.#turns.add(this.#joint);
    return [this.#joint];
  }

  /** Takes a joint out, if that makes no more edges than it has. */
  #dissolve(joint: Turn): void {
    const { uses, users } = joint;
    if (uses.size > 1 && users.size > 1) return;
    if (joint === this.#joint) this.#joint = undefined;
    this.#turns.delete(joint);
    for (const used of uses) used.users.delete(joint);
    for (const user of users) user.uses.delete(joint);
    for (const user of users) for (const used of uses) link(user, used);
    for (const next of [...uses, ...users]) if (next.isJoint) this.#dissolve(next);
  }

  /** What is marked at the same time is then seen at the same time, also over nested owners. */
  #evaluateSoon(): void {
    if (this.#isDue || this.#stopping.size === 0) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      this.#evaluate();
    });
  }

  #evaluate(): void {
    const levels = new Map<Turn, Call>();
    const queue = [...this.#turns].filter((turn) => !turn.isJoint && isFree(turn, levels));
    for (const turn of queue) {
      for (const used of turn.uses) {
        for (const next of used.isJoint ? passed(used, levels) : [used]) {
          if (!levels.has(next) && isFree(next, levels)) queue.push(next);
        }
      }
    }
    const groups = Map.groupBy(levels, ([turn]) => turn.isJoint ? undefined : turn.group);
    for (const [turn] of groups.get(undefined) ?? []) if (!turn.isJoint) turn.call();
    groups.delete(undefined);
    for (const [group, calls] of groups) callGroup(group!, calls);
  }
}

/** Which level of the request of which group a turn is in. */
interface Call {
  readonly group: StopGroup | undefined;
  readonly level: number;
}

/** Whether a turn can be called now; then it gets its level. */
function isFree(turn: Turn, levels: Map<Turn, Call>): boolean {
  if (!turn.isStopping || turn.isCalled || levels.has(turn)) return false;
  const level = levelBelow(turn, turn.group, levels);
  if (level === undefined) return false;
  levels.set(turn, { group: turn.group, level });
  return true;
}

/** The level of what all stopping users allow, if they do. */
function levelBelow(
  turn: Turn,
  group: StopGroup | undefined,
  levels: ReadonlyMap<Turn, Call>,
): number | undefined {
  let level = 0;
  for (const user of turn.users) {
    const call = levels.get(user);
    if (call && group !== undefined && call.group === group) {
      level = Math.max(level, call.level + (user.isJoint ? 0 : 1));
    } else if (user.isJoint ? hasStoppingUser(user) : user.isStopping) {
      return undefined;
    }
  }
  return level;
}

/** What a joint leads to, if all its stopping users are in one request or gone. */
function passed(joint: Turn, levels: Map<Turn, Call>): Iterable<Turn> {
  if (levels.has(joint)) return [];
  const first = [...joint.users].find((user) => levels.has(user));
  const group = first && levels.get(first)!.group;
  const level = levelBelow(joint, group, levels);
  if (level === undefined) return [];
  levels.set(joint, { group, level });
  return [...joint.uses].flatMap((used) => used.isJoint ? [...passed(used, levels)] : [used]);
}

function callGroup(group: StopGroup, calls: readonly [Turn, Call][]): void {
  const byLevel = Map.groupBy(calls, ([, { level }]) => level);
  const ascending = [...byLevel].toSorted(([a], [b]) => a - b);
  group.stop(ascending.map(([, entries]) => entries.map(([turn]) => turn)));
  for (const [turn] of calls) turn.call();
}

function link(user: Turn, used: Turn): void {
  user.uses.add(used);
  used.users.add(user);
}

function hasStoppingUser(turn: Turn): boolean {
  for (const user of turn.users) {
    if (user.isJoint ? hasStoppingUser(user) : user.isStopping) return true;
  }
  return false;
}

function hasReadyUser(turn: Turn): boolean {
  for (const user of turn.users) if (user.isJoint ? hasReadyUser(user) : user.isReady) return true;
  return false;
}

/** What a turn uses, through joints. */
function realUses(turn: Turn): Turn[] {
  return [...turn.uses].flatMap((used) => used.isJoint ? realUses(used) : [used]);
}
