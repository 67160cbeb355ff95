/** The whole example as a scope, under load, whose services are killed and whose arguments are changed. */
import assert from "node:assert/strict";
import {
  type Milliseconds,
  type Model,
  type Nursery,
  type Policy,
  scopeOf,
  seconds,
  type ServiceRow,
  SIG,
  supervise,
  systemClock,
} from "bailiwick";
import { until } from "bailiwick/testing";
import { placesOn, type TradingHosts } from "../../components/places.ts";
import { startTrading, type Trading, type TradingTopology } from "../../components/trading.ts";
import { compareShards } from "./books.ts";
import { choose, dice } from "./dice.ts";
import type { Address, Traders } from "./traders.ts";

/** How a system is run. */
export interface WholeSystemOptions {
  /** They share one model. */
  readonly hosts: TradingHosts;
  readonly policy: Policy;
  /** How many shards take new symbols; else one for each host that is given as one. */
  readonly shards?: number;
  /** Where the files of a host are seen from here. */
  readonly rootOf?: (host: string) => string;
}

/** How long a service may take to be ready again beyond its backoff. */
const RETURN = seconds(1);
const DEADLINE = seconds(20);
/** Between two kills, at the least; at the most, ten times that. */
const PAUSE: Milliseconds = 200;

/** A running system. */
export class WholeSystem implements Disposable {
  readonly traders: Traders;
  readonly #nursery: Nursery;
  readonly #options: WholeSystemOptions;
  /** What was waited before a service was started again, by its path. */
  readonly #waits = new Map<string, Milliseconds>();
  readonly #starts: string[] = [];
  readonly #away = new Set<string>();
  readonly #observing: Disposable;
  #topology!: TradingTopology;
  #address!: Address;

  private constructor(nursery: Nursery, options: WholeSystemOptions, traders: Traders) {
    this.#nursery = nursery;
    this.#options = options;
    this.traders = traders;
    this.#observing = this.#model.observe((event) => {
      if (event.kind === "service-started") this.#starts.push(event.path);
    });
  }

  /** Starts it, and has clients trade with it. */
  static async start(
    nursery: Nursery,
    options: WholeSystemOptions,
    clients: number,
    traders: Traders,
  ): Promise<WholeSystem> {
    const system = new WholeSystem(nursery, options, traders);
    const { shards = options.hosts.shard.length } = options;
    const { gatewayd } = await supervise(
      nursery,
      "",
      (nursery, values) => system.#body(nursery, values),
      { arguments: { shards }, policy: system.#policy },
    );
    assert.ok("port" in gatewayd.address);
    system.#address = gatewayd.address;
    await traders.start(system.#address, clients);
    system.#starts.length = 0;
    return system;
  }

  /** What was started since clients trade, by the paths. */
  get starts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const path of this.#starts) counts[path] = (counts[path] ?? 0) + 1;
    return counts;
  }

  /** Runs it with another number of shards. */
  async reshard(shards: number): Promise<void> {
    await scopeOf(this.#nursery, "").run({ shards });
  }

  /** Kills random services at random moments, each of which must be back in time. */
  async killMany(count: number, seed: number): Promise<void> {
    const roll = dice(seed);
    const killed: Record<string, number> = {};
    const returns: Promise<void>[] = [];
    let failure: unknown;
    for (let i = 0; i < count && failure === undefined; i++) {
      await systemClock.sleep(PAUSE * 10 ** (roll(1000) / 1000));
      const { path } = choose(roll, this.#ready);
      killed[path] = (killed[path] ?? 0) + 1;
      returns.push(this.kill(path).catch((error) => failure ??= error));
    }
    await Promise.all(returns);
    if (failure !== undefined) throw failure;
    assert.deepEqual(this.starts, killed);
  }

  /**
   * Kills a service and sees that it is back in time: after its backoff, and that of those that were killed
   * before it was back, for which the run that starts it may wait.
   */
  async kill(path: string): Promise<void> {
    const { instance } = await this.strike(path);
    this.#away.add(path);
    await until(`${path} is back`, () => this.#readyOne(path) !== undefined, DEADLINE);
    this.#away.delete(path);
    const { ended } = this.#model.services.find((row) => row.instance === instance)!;
    const { ready } = this.#readyOne(path)!;
    const others = this.#model.services.filter((row) =>
      row.ended! >= ended! && row.ended! < ready!
    );
    const due = Math.max(...others.map((row) => row.ended! + (this.#waits.get(row.path) ?? 0)));
    const took = `it was away for ${ready! - ended!} ms, and due after ${due - ended!} ms`;
    assert.ok(ready! <= due + RETURN, `${path} is late: ${took}`);
  }

  /** Kills a service; settles when that is known. */
  async strike(path: string): Promise<ServiceRow> {
    const row = this.#readyOne(path)!;
    const { front, shard } = this.#options.hosts;
    const { thread } = [front, ...shard].find(({ name }) => name === row.host)!;
    await thread.kill(row.pid, SIG.KILL);
    const rowNow = () => this.#model.services.find(({ instance }) => instance === row.instance);
    await until(`${path} has died`, () => rowNow()?.state === "failed", DEADLINE);
    return row;
  }

  /** Ends the load, of which nothing may be missing or twice. */
  async compareBooks(): Promise<void> {
    const { traders } = this;
    await traders.stop();
    assert.equal(traders.refused, 0);
    const { rootOf = () => "" } = this.#options;
    const books = this.#topology.shards.map(({ data, thread }) =>
      `${rootOf(thread.host.name)}${data}`
    );
    await compareShards(traders.acknowledged, books);
  }

  [Symbol.dispose](): void {
    this.#observing[Symbol.dispose]();
  }

  readonly #policy: Policy = (failure, past) => {
    const answer = this.#options.policy(failure, past);
    if (answer.kind === "again") this.#waits.set(failure.path, answer.after);
    return answer;
  };

  get #model(): Model {
    return this.#options.hosts.front.info.model;
  }

  get #ready(): ServiceRow[] {
    return this.#model.services.filter(({ state, path }) =>
      state === "ready" && !this.#away.has(path)
    );
  }

  #readyOne(path: string): ServiceRow | undefined {
    return this.#model.services.find((row) => row.path === path && row.state === "ready");
  }

  async #body(nursery: Nursery, { shards }: { shards: number }): Promise<Trading> {
    const { hosts } = this.#options;
    this.#topology = await placesOn(nursery, hosts, { port: 0, data: undefined, shards });
    return await startTrading(nursery, this.#topology, { policy: this.#policy });
  }
}
