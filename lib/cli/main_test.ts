/** What `main` tells a system, and what it says of one that makes no sense; the rest is in tests/cli_test.ts. */
import assert from "node:assert/strict";
import type { Host } from "../hosts/mod.ts";
import { defineCommand, givenHost, givenHosts, main, sshTo, thisMachine } from "./mod.ts";

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
