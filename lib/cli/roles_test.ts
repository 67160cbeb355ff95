import assert from "node:assert/strict";
import { givenRoles, hostHelp, resolve } from "./roles.ts";
import { distinct, givenHost, givenHosts, sshTo, thisMachine } from "./targets.ts";
import { UsageError } from "./usage_error.ts";

const TOPOLOGIES = {
  dev: { about: "", hosts: { front: thisMachine, shard: [thisMachine, thisMachine] } },
  prod: { about: "", hosts: { front: givenHost, shard: givenHosts } },
  mixed: { about: "", hosts: { front: sshTo("me@a"), shard: givenHosts } },
};

const resolved = (topology: string, ...given: string[]) =>
  Object.fromEntries(resolve(TOPOLOGIES, topology, given));

Deno.test("resolve() gives each role the hosts that were named for it, in their order", () => {
  assert.deepEqual(resolved("dev"), TOPOLOGIES.dev.hosts);
  const [a, b] = [sshTo("me@a"), sshTo("b=c")];
  const given = ["shard=b=c", "front=me@a", "shard=me@a"];
  assert.deepEqual(resolved("prod", ...given), { front: a, shard: [b, a] });
  assert.deepEqual(resolved("mixed", "shard=me@a"), { front: a, shard: [a] });
  assert.deepEqual(distinct(resolve(TOPOLOGIES, "prod", given)), [a, b]);
});

const WRONG: [topology: string, given: string[], message: RegExp][] = [
  ["dev", ["front=a"], /^--host goes with --topology prod or mixed$/],
  ["prod", [], /prod needs one --host front=.* and a --host shard=.* for each shard$/],
  ["prod", ["front=a"], /^--topology prod needs one/],
  ["prod", ["front=a", "front=b", "shard=c"], /^--topology prod needs one/],
  ["prod", ["middle=a"], /^--host takes front=\[USER@\]HOST or shard=\[USER@\]HOST, not middle=a$/],
  ["prod", ["front"], /not front$/],
  ["prod", ["front="], /not front=$/],
  ["prod", ["=a"], /not =a$/],
  ["mixed", ["front=a"], /^--host takes shard=\[USER@\]HOST, not front=a$/],
];

for (const [topology, given, message] of WRONG) {
  Deno.test(`resolve() refuses ${topology} with --host ${given.join(", ") || "nothing"}`, () => {
    assert.throws(() => resolve(TOPOLOGIES, topology, given), (error: Error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("hostHelp() names each role that a host may be given for, once", () => {
  const help = "front=[USER@]HOST; shard=[USER@]HOST, once for each shard";
  assert.equal(hostHelp(TOPOLOGIES), help);
  assert.deepEqual(givenRoles(TOPOLOGIES.mixed.hosts), [["shard", "each"]]);
});
