/** What the whole example does in every topology, however its user has it. */
import assert from "node:assert/strict";
import { testHostsAvailable, TestNetwork, until } from "bailiwick/testing";
import { SHARDS_MAX } from "../../components/orderd/mod.ts";
import { appliedOrders, askPositions } from "./books.ts";
import type { Cli, ServiceLine } from "./cli.ts";
import { expectGone } from "./gone.ts";
import { fromFileUrl } from "./urls.ts";

const EXAMPLES = fromFileUrl("../../examples");
/** Where the agent of a host stood; the directories stay. */
const placesOf = (host: string) =>
  Array.from(
    `.local/state/bailiwick/standing/${host}/bailiwick`.matchAll(/$|\//g),
    ({ index, input }) => `/root/${input.slice(0, index)}`,
  );
/** Milliseconds for everything to be gone after an orderly stop has ended. */
const DEADLINE = 5000;
/** What outlives its program keeps its books. */
const BOOKS = ["--data", "/root/books"];

/** Trades the sample, compares answers and positions, and stops everything. */
async function tradesTheSample(
  cli: Cli,
  flags: readonly string[],
  pathOf: (service: ServiceLine) => string,
): Promise<void> {
  const mark = crypto.randomUUID();
  await using up = await cli.up(flags, mark);
  const traded = await cli.run(["trade", `${EXAMPLES}/orders.csv`, "--to", up.address]);
  assert.equal(traded.code, 0, traded.stderr);
  const answers = traded.stdout.replaceAll(/^ACCEPT \d+$/gm, "ACCEPT");
  assert.equal(answers, await Deno.readTextFile(`${EXAMPLES}/orders.expected.txt`));
  const positionds = up.services.filter(({ path }) => path.endsWith("/positiond"));
  const accepted = answers.match(/^ACCEPT$/gm)!.length;
  await until("positiond has applied what orderd accepted", async () => {
    const applied = await Promise.all(positionds.map((service) => appliedOrders(pathOf(service))));
    return applied.reduce((sum, orders) => sum + orders, 0) === accepted;
  });
  assert.deepEqual(await positions(positionds, pathOf), await expectedPositions());
  up.kill("SIGINT");
  const { code, stderr } = await up.ended();
  assert.equal(code, 0, stderr);
  await up.down();
  await expectGone(mark, DEADLINE);
}

async function positions(
  services: readonly ServiceLine[],
  pathOf: (service: ServiceLine) => string,
): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const service of services) {
    for (const [symbol, total] of Object.entries(await askPositions(pathOf(service)))) {
      sums[symbol] = (sums[symbol] ?? 0) + total;
    }
  }
  return sums;
}

async function expectedPositions(): Promise<Record<string, number>> {
  const text = await Deno.readTextFile(`${EXAMPLES}/positions.expected.csv`);
  const rows = text.trim().split("\n").slice(1).map((line) => line.split(","));
  return Object.fromEntries(rows.map(([symbol, total]) => [symbol!, Number(total)]));
}

/** Registers the tests of one way to have the program. */
export function systemSuite(kind: string, cli: Cli): void {
  Deno.test(`${kind}: dev trades the sample`, () =>
    tradesTheSample(cli, [], ({ address }) => address));

  Deno.test({
    name: `${kind}: prod trades over hosts that are reached by IPv6`,
    ignore: !testHostsAvailable().ok,
    fn: async () => {
      await using network = await TestNetwork.make({ hosts: 2 });
      const roles = ["front=host0", "shard=host0", "shard=host1"].flatMap((
        role,
      ) => ["--host", role]);
      const flags = ["--topology", "prod", "--ssh-config", network.sshConfig6, ...BOOKS, ...roles];
      await using up = await cli.up(flags, crypto.randomUUID());
      assert.match(up.address, /^\[fd.*:2\]:\d+$/);
      const orders = Array.from("ABCDEF", (symbol) => `BUY ${symbol} 1 1\n`).join("");
      const { stdout, stderr } = await cli.run(["trade", "--to", up.address], orders);
      assert.match(stdout, /^(ACCEPT \d+\n){6}$/, stderr);
    },
  });

  Deno.test({
    name:
      `${kind}: prod trades the sample over three hosts, and leaves its books there and nothing else`,
    ignore: !testHostsAvailable().ok,
    fn: async () => {
      await using network = await TestNetwork.make({ hosts: 3 });
      const roles = ["front=host0", "shard=host1", "shard=host2"];
      const flags = roles.flatMap((role) => ["--host", role]);
      const rootOf = (name: string) => network.hosts.find((host) => host.name === name)!.root;
      await tradesTheSample(
        cli,
        ["--topology", "prod", "--ssh-config", network.sshConfig, ...BOOKS, ...flags],
        ({ host, address }) => `${rootOf(host)}${address}`,
      );
      for (const host of network.hosts) {
        assert.deepEqual(await host.processes(), []);
        const files = await host.files();
        assert.deepEqual(
          files.filter((file) => !/\.cache|^\/root\/books/.test(file)),
          placesOf(host.name),
        );
      }
    },
  });

  Deno.test({
    name: `${kind}: hosts check connects to every host`,
    ignore: !testHostsAvailable().ok,
    fn: async () => {
      await using network = await TestNetwork.make({ hosts: 2 });
      const roles = ["front=host0", "shard=host1", "shard=host0"];
      const flags = ["--topology", "prod", "--ssh-config", network.sshConfig];
      const hosts = roles.flatMap((role) => ["--host", role]);
      const { code, stdout } = await cli.run(["hosts", "check", "--json", ...flags, ...hosts]);
      assert.equal(code, 0, stdout);
      const rows: { host: string; reachable: boolean; missing: string[] }[] =
        JSON.parse(stdout).hosts;
      const shown = rows.map(({ host, reachable, missing }) => ({ host, reachable, missing }));
      const good = { reachable: true, missing: [] };
      assert.deepEqual(shown, [{ host: "host0", ...good }, { host: "host1", ...good }]);
    },
  });

  Deno.test(`${kind}: a service that dies is back, and the others are not touched`, async () => {
    const mark = crypto.randomUUID();
    await using up = await cli.up([], mark);
    const orderd = up.services.find(({ path }) => path === "shard-1/orderd")!;
    Deno.kill(orderd.pid, "SIGKILL");
    await until("every shard takes orders", async () => {
      const orders = [..."ABCDEFGH"].map((symbol) => `BUY ${symbol} 1 1\n`).join("");
      const { stdout } = await cli.run(["trade", "--to", up.address], orders);
      return stdout.match(/^ACCEPT \d+$/gm)?.length === 8;
    });
    for (const { path, pid } of up.services) {
      if (path !== orderd.path) Deno.kill(pid, "SIGCONT");
    }
    up.kill("SIGINT");
    const { code, stderr } = await up.ended();
    assert.equal(code, 0);
    assert.match(stderr, /failed shard-1\/orderd: killed by SIGKILL/);
    await expectGone(mark, DEADLINE);
  });

  Deno.test(`${kind}: a system that cannot be started ends up with status 1 and the reason`, async () => {
    const data = await Deno.makeTempFile();
    try {
      const { code, stderr } = await cli.run(["up", "--data", data], "");
      assert.equal(code, 1);
      assert.match(stderr, /FAILED {2}/);
      assert.match(stderr, new RegExp(data));
    } finally {
      await Deno.remove(data);
    }
  });

  Deno.test(`${kind}: up takes up what an earlier run left`, async () => {
    const data = await Deno.makeTempDir();
    try {
      const numbers: number[] = [];
      for (let run = 0; run < 2; run++) {
        await using up = await cli.up(["--data", data], crypto.randomUUID());
        const traded = await cli.run(["trade", "--to", up.address], "BUY ACME 100 10.50\n");
        numbers.push(Number(/^ACCEPT (\d+)\n$/.exec(traded.stdout)?.[1]));
      }
      assert.equal(numbers[1], numbers[0]! + SHARDS_MAX);
    } finally {
      await Deno.remove(data, { recursive: true });
    }
  });
}
