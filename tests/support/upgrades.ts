/** The example, upgraded and gone back to by programs of several builds, while clients trade. */
import assert from "node:assert/strict";
import { compareShards } from "./books.ts";
import { type Build, StandingCli } from "./standing.ts";
import { Traders } from "./traders.ts";

const CONNECTIONS = 64;
/** Milliseconds between the orders of a client: two cores are to have time for programs, too. */
const PACE = 10;
/** Orders before a change, and after it. */
const ORDERS = 300;
const SERVICES = 5;
const DAEMON = /\/(orderd|gatewayd|positiond)$/;

/** Builds whose daemons are all others. */
export const BUILDS: readonly Build[] = [0, 1].map((more) => ({ name, content }) => {
  if (!DAEMON.test(name)) return content;
  const longer = new Uint8Array(content.length + more);
  longer.set(content);
  return longer;
});

/** A build whose orderd gives up before it is ready. */
const neverReady: Build = (file) =>
  file.name.endsWith("/orderd")
    ? new TextEncoder().encode("#!/bin/sh\ncase $1 in --listen-fd) sleep 0.5; exit 1;; esac\n")
    : BUILDS[1]!(file);

/** How a change goes wrong, and by which words of which program. */
const FAILURES: Readonly<Record<string, { build: Build; words: readonly string[] }>> = {
  "its orderd never becomes ready": { build: neverReady, words: [] },
  "its verify throws": { build: BUILDS[1]!, words: ["--bad"] },
  "nobody confirms it": { build: BUILDS[1]!, words: ["--confirm", "1"] },
};

/** How a change goes wrong. */
export const WRONGS: readonly string[] = Object.keys(FAILURES);

/** All services are replaced, one after the other, by the program of another build, again and again. */
export function upgradeRounds(rounds: number): Promise<void> {
  return underLoad(async (exchange, trade) => {
    for (let round = 1; round <= rounds; round++) {
      const before = await exchange.daemons();
      const { code, stderr } = await exchange.up(BUILDS[round % 2]!);
      assert.equal(code, 0, stderr);
      const after = await exchange.daemons();
      for (const [name, path] of before) assert.notEqual(after.get(name), path, name);
      await trade();
    }
  });
}

/** A change that goes wrong is gone back from, again and again. */
export function goBackRounds(rounds: number, how: string): Promise<void> {
  const { build, words } = FAILURES[how]!;
  return underLoad(async (exchange, trade) => {
    for (let round = 1; round <= rounds; round++) {
      const before = await exchange.daemons();
      const { code, stderr } = await exchange.up(build, ...words);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /It is in charge again, and all of it is ready/);
      assert.deepEqual(await exchange.daemons(), before);
      await trade();
    }
  });
}

/** Runs the example under load while it is changed: no client is refused, no order is lost or doubled. */
async function underLoad(
  change: (exchange: Exchange, trade: () => Promise<void>) => Promise<void>,
): Promise<void> {
  await using cli = await StandingCli.make("exchange.ts");
  const traders = new Traders(CONNECTIONS, { pace: PACE });
  const exchange = new Exchange(cli);
  await traders.start(await exchange.begin(), CONNECTIONS);
  await trade(traders);
  await change(exchange, () => trade(traders));
  await traders.stop();
  await compareShards(traders.acknowledged, exchange.books);
}

/** The example, whose programs run in the background. */
export class Exchange {
  readonly #cli: StandingCli;
  readonly data: string;

  constructor(cli: StandingCli) {
    this.#cli = cli;
    this.data = `${cli.state}/data`;
  }

  /** Starts it; where clients connect. */
  async begin(): Promise<{ readonly port: number }> {
    const { code, stdout, stderr } = await this.up(BUILDS[0]!);
    assert.equal(code, 0, stderr);
    return { port: Number(JSON.parse(stdout).address.split(":").at(-1)) };
  }

  get books(): string[] {
    return ["shard-0", "shard-1"].map((name) => `${this.data}/${name}`);
  }

  /** Runs a build in the background; how its start ended. */
  async up(build: Build, ...words: string[]) {
    await this.#cli.use(build);
    return await this.#cli.run("up", "--detach", "--json", "--data", this.data, ...words);
  }

  /** The programs of the services, by their names. */
  async daemons(): Promise<Map<string, string>> {
    const rows = await this.#cli.ps();
    assert.deepEqual(rows.map(({ state }) => state), Array(SERVICES).fill("ready"));
    return new Map(rows.map(({ name, pid }) => [name, Deno.readLinkSync(`/proc/${pid}/exe`)]));
  }
}

/** Clients are served, and were all the time. */
async function trade(traders: Traders): Promise<void> {
  await traders.reached(traders.acknowledged.length + ORDERS);
  const { lost, rejected, refused } = traders;
  assert.deepEqual({ lost, rejected, refused }, { lost: 0, rejected: 0, refused: 0 });
}
