/** Systems of fake services as data: what their bodies do, and what then stands. */
import type { Milliseconds } from "../../clock/mod.ts";
import type { Nursery } from "../../nursery/mod.ts";
import type { Policy } from "../policy/mod.ts";
import type { Given } from "./fake_options.ts";
import type { FakeServices } from "./fake_services.ts";
import { supervise } from "./supervise.ts";

/** What a body claims: a service, or a scope that has a body. */
export interface Item {
  readonly name: string;
  readonly mark: number;
  readonly starting: Milliseconds;
  readonly stopping: Milliseconds;
  readonly overlaps: boolean;
  /** It is begun beside the one before it, or after it. */
  readonly isBeside: boolean;
  /** What it is given of what is known, with its process or without; undefined: all of it may be used. */
  readonly picks: readonly Pick[] | undefined;
  readonly body: Items | undefined;
  /** Whether the value of a scope holds the processes in it. */
  readonly exposes: boolean;
}

export interface Pick {
  readonly index: number;
  readonly holds: boolean;
}

export type Items = readonly Item[];

/** What a body is given. */
export interface Values {
  readonly items: Items;
  /** What is known outside of it. */
  readonly known: readonly Given[];
  /** Where it throws, whenever it is run. */
  readonly trap?: Trap | undefined;
}

/** The body of a scope throws before one of its steps, or at its end. */
export interface Trap {
  readonly path: string;
  readonly step: number;
}

/** Runs bodies. */
export class FakeSystem {
  readonly services: FakeServices;
  readonly policyOf: (path: string) => Policy;
  /** After how many steps the body of a scope throws, and how many times. */
  readonly throwing: Map<string, { step: number; times: number }> = new Map();

  constructor(services: FakeServices, policyOf: (path: string) => Policy) {
    this.services = services;
    this.policyOf = policyOf;
  }

  /** The function of the system, and of each scope in it. */
  readonly body = async (nursery: Nursery, values: Values): Promise<readonly Given[]> => {
    const own: Given[] = [];
    for (const [index, step] of stepsOf(values.items).entries()) {
      this.#throwAt(nursery.path, index, values.trap);
      const inner = { ...values, known: [...values.known, ...own] };
      const found = await Promise.all(step.map((item) => this.#claim(nursery, item, inner)));
      own.push(...found.flat());
    }
    this.#throwAt(nursery.path, Infinity, values.trap);
    return own;
  };

  async #claim(nursery: Nursery, item: Item, around: Values): Promise<readonly Given[]> {
    const { known } = around;
    const { name, body, exposes } = item;
    if (body) {
      const policy = this.policyOf(nursery.pathOf(name));
      const values = { ...around, items: body };
      const found = await supervise(nursery, name, this.body, { arguments: values, policy });
      return exposes ? found : found.map(({ path }) => ({ path }));
    }
    const uses = usesOf(item, known);
    const mayUse = new Set((uses ?? known).map(({ path }) => path));
    return [await this.services.start(nursery, name, { ...item, uses, mayUse })];
  }

  #throwAt(path: string, step: number, always: Trap | undefined): void {
    if (always?.path === path && always.step <= step) throw new Error(`${path} always throws`);
    const trap = this.throwing.get(path);
    if (!trap || trap.times === 0 || trap.step > step) return;
    trap.times--;
    throw new Error(`the body of ${path || "the system"} throws`);
  }
}

function usesOf({ picks }: Item, known: readonly Given[]): Given[] | undefined {
  return picks?.flatMap(({ index, holds }) => {
    const given = known[index % known.length];
    if (!given) return [];
    return holds ? [given] : [{ path: given.path }];
  });
}

/** Those of a body that are begun beside each other. */
function stepsOf(items: Items): Item[][] {
  const steps: Item[][] = [];
  for (const item of items) {
    const step = steps.at(-1);
    if (item.isBeside && step) step.push(item);
    else steps.push([item]);
  }
  return steps;
}

/** What stands when a system has been started, as a line for each service; and the paths of its value. */
export function expected(items: Items, path = "", known: readonly Given[] = []): Standing {
  const lines: string[] = [];
  const own: Given[] = [];
  for (const step of stepsOf(items)) {
    const all = [...known, ...own];
    for (const item of step) {
      const itemPath = path === "" ? item.name : `${path}/${item.name}`;
      if (item.body) {
        const inner = expected(item.body, itemPath, all);
        lines.push(...inner.lines);
        own.push(...(item.exposes ? inner.value : inner.value.map(({ path }) => ({ path }))));
      } else {
        lines.push(lineOf(itemPath, item.mark, usesOf(item, all)));
        own.push({ path: itemPath, instance: 0n });
      }
    }
  }
  return { lines: lines.sort(), value: own };
}

export interface Standing {
  readonly lines: readonly string[];
  readonly value: readonly Given[];
}

export function lineOf(path: string, mark: number, uses: readonly Given[] | undefined): string {
  const used = uses?.map(({ path, instance }) => `${path}${instance === undefined ? "" : "!"}`);
  return `${path} ${mark} uses ${used ?? "what there is"}`;
}
