/**
 * A supervisor of Erlang/OTP, as its manual ("Supervisor Behaviour") and its source have it, over children
 * that start and stop at once. Rules:
 *
 * - Children start in order and stop in the reverse order.
 * - A permanent child that ended is started again, a transient one if it failed, a temporary one never.
 * - Each attempt to start again counts; one more than `intensity` in the last `period` ends all.
 * - A start that fails in the beginning ends all; one that fails later is attempted again, as by an end.
 * - The end of a significant child that is not to be started again ends all.
 *
 * In two things it is as scopes are, on purpose:
 *
 * - A temporary child that is stopped with a sibling is started with it: it is in the same body.
 * - Before all ends, what was stopped or done and not started again by then is: a scope that fails leaves
 *   what stood before, as what is around it may go on with that.
 */
import type { Milliseconds } from "../clock/mod.ts";

export type Strategy = "one_for_one" | "rest_for_one" | "one_for_all";

export interface Child {
  readonly name: string;
  readonly restart: "permanent" | "transient" | "temporary";
  readonly significant: boolean;
}

export interface Flags {
  readonly strategy: Strategy;
  readonly intensity: number;
  readonly period: Milliseconds;
}

export class Supervisor {
  /** What happened: "+a" is a start, "-a" is a stop, "!a" a start that failed. */
  readonly log: string[] = [];
  readonly #flags: Flags;
  /** In the order of their start. */
  readonly #children: readonly Child[];
  readonly #running = new Set<Child>();
  readonly #failed = new Set<Child>();
  readonly #toStart = new Set<Child>();
  readonly #refuses: (child: Child) => boolean;
  #restarts: Milliseconds[] = [];
  #isOver = false;

  /** @param refuses Whether this start of the child fails; asked once for each. */
  constructor(flags: Flags, children: readonly Child[], refuses: (child: Child) => boolean) {
    this.#flags = flags;
    this.#children = children;
    this.#refuses = refuses;
    if (!children.every((child) => this.#start(child))) this.stop();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  isRunning(child: Child): boolean {
    return this.#running.has(child);
  }

  /** A child that is running ended by itself. */
  ended(child: Child, isClean: boolean, now: Milliseconds): void {
    this.#running.delete(child);
    if (!isClean) this.#failed.add(child);
    const isAgain = child.restart === "permanent" || (child.restart === "transient" && !isClean);
    if (isAgain) this.#restart(child, now);
    else if (child.significant) this.stop();
  }

  /** Ends all. */
  stop(): void {
    this.#stop(this.#children);
    this.#isOver = true;
  }

  #restart(child: Child, now: Milliseconds): void {
    const { intensity, period } = this.#flags;
    for (let next: Child | undefined = child; next;) {
      this.#restarts = [...this.#restarts, now].filter((time) => time >= now - period);
      if (this.#restarts.length > intensity) return this.#giveUp();
      const affected = this.#affected(next);
      this.#stop(affected);
      for (const child of affected) this.#toStart.add(child);
      next = affected.find((child) => !this.#start(child));
    }
  }

  #affected(child: Child): readonly Child[] {
    const { strategy } = this.#flags;
    if (strategy === "one_for_one") return [child];
    return strategy === "one_for_all"
      ? this.#children
      : this.#children.slice(this.#children.indexOf(child));
  }

  #giveUp(): void {
    for (const child of this.#children) {
      if (this.#toStart.has(child) && !this.#failed.has(child)) this.#start(child);
    }
    this.stop();
  }

  #start(child: Child): boolean {
    const isRefused = this.#refuses(child);
    this.log.push(`${isRefused ? "!" : "+"}${child.name}`);
    if (isRefused) return false;
    this.#running.add(child);
    this.#failed.delete(child);
    this.#toStart.delete(child);
    return true;
  }

  #stop(children: readonly Child[]): void {
    for (const child of children.toReversed()) {
      if (this.#running.delete(child)) this.log.push(`-${child.name}`);
    }
  }
}
