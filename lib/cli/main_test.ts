/** What `main` tells a system, and what it says of one that makes no sense; the rest is in tests/cli_test.ts. */
import assert from "node:assert/strict";
import type { Host } from "../hosts/mod.ts";
import {
  defineCommand,
  givenHost,
  givenHosts,
  main,
  sshTo,
  type Target,
  thisMachine,
  UsageError,
} from "./mod.ts";

const TOPOLOGIES = {
  dev: { about: "here", hosts: { front: thisMachine, shard: [thisMachine, thisMachine] } },
  prod: { about: "there", hosts: { front: givenHost, shard: givenHosts } },
  known: { about: "always the same", hosts: { front: sshTo("a"), shard: [sshTo("a")] } },
};

const nothing = async () => {};

/** Compiles only if each of the types can be assigned to the other. */
function same<A, B>(..._equal: [A] extends [B] ? [B] extends [A] ? [] : [never] : [never]) {}

Deno.test("main() gives a system's function the types that its data has", async () => {
  await main({
    name: "shop",
    topologies: TOPOLOGIES,
    options: {
      port: { kind: "port", about: "", default: 0 },
      data: { kind: "hostPath", about: "" },
      name: { kind: "text", about: "", required: true },
      color: { kind: "choice", choices: ["red", "blue"], about: "" },
      peer: { kind: "address", about: "", many: true },
      size: { kind: "parsed", parse: (text) => BigInt(text), about: "" },
      loud: { kind: "flag", about: "" },
    },
    async system(_nursery, places, options) {
      same<typeof places, { readonly front: Host; readonly shard: readonly Host[] }>();
      same<typeof options.port, number>();
      same<typeof options.data, string | undefined>();
      same<typeof options.name, string>();
      same<typeof options.color, "red" | "blue" | undefined>();
      same<typeof options.peer, readonly { readonly hostname: string; readonly port: number }[]>();
      same<typeof options.size, bigint | undefined>();
      same<typeof options.loud, boolean>();
    },
  }, ["version", "--json"]);
});

Deno.test("main() gives a command what its words say, by their names", async () => {
  const seen: unknown[] = [];
  const command = defineCommand({
    about: "",
    arguments: {
      first: { kind: "number", about: "", required: true },
      rest: { kind: "text", about: "", many: true },
    },
    options: {
      logDir: { kind: "path", about: "" },
      at: { kind: "address", about: "", many: true },
      color: { kind: "choice", choices: ["red", "blue"], about: "", many: true },
      loud: { kind: "flag", about: "" },
      wait: { kind: "seconds", about: "", default: 5 },
    },
    run: (values) => void seen.push(values),
  });
  const run = (...words: string[]) =>
    main({ name: "x", topologies: TOPOLOGIES, system: nothing, commands: { command } }, words);
  await run("command", "7");
  const addresses = ["--at", "80", "--at", "[::1]:81"];
  const colors = ["--color", "red", "--color", "blue"];
  const others = ["--log-dir", "d", "--loud", "--wait", "1.5"];
  await run("command", "--", "7", "a", ...addresses, ...colors, ...others, "--", "-b");
  assert.deepEqual(seen, [
    { first: 7, rest: [], logDir: undefined, at: [], color: [], loud: false, wait: 5 },
    {
      first: 7,
      rest: ["a", "-b"],
      logDir: "d",
      at: [{ hostname: "127.0.0.1", port: 80 }, { hostname: "::1", port: 81 }],
      color: ["red", "blue"],
      loud: true,
      wait: 1500,
    },
  ]);
});

Deno.test("main() refuses an option of a system that every system has", async () => {
  const options = { logDir: { kind: "path", about: "" } } as const;
  const system = { name: "x", topologies: TOPOLOGIES, options, system: nothing };
  await assert.rejects(main(system, []), /Every system has an option logDir: name it other/);
});

/** Hosts that are none, and what became of them. */
class Pretended {
  readonly events: string[] = [];

  target(name: string, works = true): Target {
    const close = async () => void this.events.push(`closed ${name}`);
    const connect = async () => {
      this.events.push(`connected to ${name}`);
      if (!works) throw new Error(`${name} is not there`);
      const info = { name, lost: false } as Host["info"];
      const ended = new Promise<never>(() => {});
      const thread = { host: info } as Host["thread"];
      return { name, info, thread, ended, close } as Partial<Host> as Host;
    };
    return { name, connect };
  }
}

/** The exit status that a command line leaves. */
async function statusOf(run: () => Promise<void>): Promise<unknown> {
  try {
    await run();
    return Deno.exitCode;
  } finally {
    Deno.exitCode = 0;
  }
}

Deno.test("main() connects once to a host of two roles, and closes it when the system has ended", async () => {
  const hosts = new Pretended();
  const [a, b] = [hosts.target("a"), hosts.target("b")];
  const topologies = { dev: { about: "", hosts: { front: a, shard: [b, a] } } };
  await main({
    name: "shop",
    topologies,
    async system(_nursery, { front, shard }) {
      assert.deepEqual([front.name, ...shard.map(({ name }) => name)], ["a", "b", "a"]);
      assert.equal(shard[1], front);
      hosts.events.push("started");
    },
  }, ["up", "--json"]);
  const connected = ["connected to a", "connected to b"];
  assert.deepEqual(hosts.events, [...connected, "started", "closed a", "closed b"]);
});

Deno.test("main() closes the hosts that it has when it cannot get the others, with status 1", async () => {
  const hosts = new Pretended();
  const shard = [hosts.target("a"), hosts.target("b", false), hosts.target("c")];
  const topologies = { dev: { about: "", hosts: { shard } } };
  const status = await statusOf(() => main({ name: "x", topologies, system: nothing }, ["up"]));
  assert.equal(status, 1);
  assert.deepEqual(hosts.events.slice(-2), ["closed a", "closed c"]);
});

Deno.test("main() refuses a path on another host that is not absolute", async () => {
  const seen: unknown[] = [];
  const options = { dataDir: { kind: "hostPath", about: "", many: true } } as const;
  const run = (topologies: { dev: { about: string; hosts: { web: Target } } }, path: string) =>
    main({
      name: "x",
      topologies,
      options,
      system: async (_nursery, _places, { dataDir }) => void seen.push(...dataDir),
    }, ["up", "--json", "--data-dir", path]);
  const far = { dev: { about: "", hosts: { web: new Pretended().target("a") } } };
  await run(far, "/srv/x");
  assert.deepEqual(seen, ["/srv/x"]);
  assert.equal(await statusOf(() => run(far, "x")), 2);
});

Deno.test("main() has status 2 for options that a system finds to make no sense", async () => {
  const topologies = { dev: { about: "", hosts: { web: new Pretended().target("a") } } };
  const system = async () => {
    throw new UsageError("--from comes before --to");
  };
  assert.equal(await statusOf(() => main({ name: "x", topologies, system }, ["up"])), 2);
});
