/** All scopes that are within one outermost nursery: found by path, and what in them holds which process. */
import { Model } from "../../model/mod.ts";
import type { Ground, Nursery } from "../../nursery/mod.ts";

/** What may hold processes, and may be one. */
export interface Holder {
  /** The processes that it is, or that are in it. */
  readonly instances: readonly bigint[];
}

/** A host that is claimed by name: if it is lost it is reconnected. */
export interface KeptHost {
  readonly name: string;
  /** Whether it is lost, and nobody was given it anew yet. */
  readonly isAway: boolean;
  /** Whether it is this one, or was before it was lost. */
  is(host: Ground): boolean;
}

/** A scope, to those that are related to it. */
export interface Member {
  readonly path: string;
}

/** What those that stand in scopes need of the family. */
export type Kin<E extends Holder> = Pick<
  Family<E, Member>,
  | "hold"
  | "release"
  | "holdersOf"
  | "leaving"
  | "isAway"
  | "isKept"
  | "isAnswered"
  | "tellHeld"
  | "model"
>;

// deno-lint-ignore no-explicit-any
const families = new WeakMap<Nursery, Family<any, any>>();

/** Scopes that may use each other's services: `S`, in which `E` stand. */
export class Family<E extends Holder, S extends Member> {
  readonly scopes: Map<string, S> = new Map();
  /** Who may answer what a scope asks. */
  readonly listeners: Set<(scope: S) => void> = new Set();
  readonly hosts: Set<KeptHost> = new Set();
  model: Model = new Model();
  /** Settles when what is being changed will not be undone. */
  confirmed: Promise<void> = Promise.resolve();
  /** The processes that are being stopped: nothing is to be started with them. */
  readonly leaving: Set<bigint> = new Set();
  readonly #holders = new Map<bigint, Set<E>>();

  /** That of a nursery. */
  static of<E extends Holder, S extends Member>({ root }: Nursery): Family<E, S> {
    let family = families.get(root);
    if (!family) families.set(root, family = new Family<E, S>());
    return family;
  }

  add(scope: S): void {
    this.scopes.set(scope.path, scope);
  }

  remove(path: string): void {
    this.scopes.delete(path);
    this.model.tell({ kind: "scope-gone", path });
  }

  /** Whether there is somebody who may answer. */
  get isAnswered(): boolean {
    return this.listeners.size > 0;
  }

  /** Tells those who may answer that a scope asks. */
  tellHeld(path: string): void {
    const scope = this.scopes.get(path);
    if (!scope) return;
    for (const listener of this.listeners) {
      try {
        listener(scope);
      } catch (error) {
        console.error(`Who was told that scope ${path} asks has failed; that goes on:`, error);
      }
    }
  }

  /** Whether a host of this name is lost, and is being reconnected. */
  isAway(name: string): boolean {
    return this.hosts.values().some((host) => host.name === name && host.isAway);
  }

  /** Whether a host is reconnected if it is lost. */
  isKept(host: Ground): boolean {
    return this.hosts.values().some((kept) => kept.is(host));
  }

  /** Takes note of the processes that an entry was given. */
  hold(entry: E, instances: ReadonlySet<bigint>): void {
    for (const instance of instances) {
      const holders = this.#holders.get(instance) ?? new Set();
      this.#holders.set(instance, holders.add(entry));
    }
  }

  release(entry: E, instances: ReadonlySet<bigint>): void {
    for (const instance of instances) {
      const holders = this.#holders.get(instance);
      holders?.delete(entry);
      if (holders?.size === 0) this.#holders.delete(instance);
    }
  }

  /** Those that were given one of these processes, and those that were given theirs. */
  holdersOf(instances: readonly bigint[]): Set<E> {
    const found = new Set<E>();
    const queue = [...instances];
    for (const instance of queue) {
      for (const entry of this.#holders.get(instance) ?? []) {
        if (!found.has(entry)) queue.push(...entry.instances);
        found.add(entry);
      }
    }
    return found;
  }
}
