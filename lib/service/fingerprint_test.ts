/**
 * Fingerprints, as they were when the rows were written: whoever compares with one of an earlier release must
 * find the same text. Rows are added, and never changed.
 */
import assert from "node:assert/strict";
import { fakeThread } from "../thread/fake_host.ts";
import { SockaddrIn } from "../abi/mod.ts";
import { calls, Command, Secret, type Thread } from "../thread/mod.ts";
import { nameHeld } from "./canonical.ts";
import { difference, fingerprintOf } from "./fingerprint.ts";
import type { StartOptions } from "./options.ts";
import { http, logLine, sdNotify } from "./readiness/readiness.ts";

const ROWS: readonly [
  command: (thread: Thread) => Command,
  options: StartOptions,
  golden: Readonly<Record<string, string>>,
][] = [
  [() => new Command("sleep", [10]), {}, {
    host: '"fake"',
    executable: '"sleep"',
    arguments: "[10]",
    "command environment": "{}",
  }],
  [
    (thread) =>
      new Command(thread.path("/bin/appd"), ["--dir", thread.path("/srv"), 5n]).env({ A: 1 }),
    { cwd: "/srv", nice: 5, umask: 0o77, ready: 3, uses: [{ port: 80 }, undefined, null] },
    {
      host: '"fake"',
      executable: '{"path":"/bin/appd"}',
      arguments: '["--dir",{"path":"/srv"},"5"]',
      "command environment": '{"A":1}',
      cwd: '"/srv"',
      umask: "63",
      nice: "5",
      ready: "3",
      uses: '[{"port":80},null,null]',
    },
  ],
  [
    () => new Command("redis-server"),
    {
      user: "redis",
      limits: { memory: "512M", nofile: 4096 },
      prepare: [calls.umask(0o22)],
      environment: { B: "b", A: undefined },
      ready: sdNotify(),
      health: http("http://127.0.0.1:80/"),
    },
    {
      host: '"fake"',
      executable: '"redis-server"',
      arguments: "[]",
      "command environment": "{}",
      user: '"redis"',
      limits: '{"memory":"512M","nofile":4096}',
      prepare: '[{"arguments":[18],"call":"umask"}]',
      environment: '{"A":null,"B":"b"}',
      ready: '{"kind":"sd_notify"}',
      health:
        '{"address":{"class":"SockaddrIn","text":"127.0.0.1:80","fields":{"address":"127.0.0.1",' +
        '"family":2,"port":80}},"host":"127.0.0.1","kind":"http","path":"/","status":[200,399]}',
    },
  ],
  [() => new Command("minio"), { ready: logLine(/^API/i), log: "memory" }, {
    host: '"fake"',
    executable: '"minio"',
    arguments: "[]",
    "command environment": "{}",
    log: '"memory"',
    ready: '{"flags":"i","kind":"log-line","pattern":"^API"}',
  }],
];

Deno.test("what is given from elsewhere has the text that it had, in whichever program", async () => {
  const { thread } = await fakeThread();
  const fd = thread.adopt(7);
  nameHeld(fd, "3f7c");
  const path = thread.path("/srv/data");
  const { fingerprint, passing } = fingerprintOf(thread, new Command("appd"), {
    fds: { 4: fd },
    environment: { DATA: path },
    secrets: { TOKEN: new Secret("hunter2") },
    uses: [new SockaddrIn("127.0.0.1", 80), new Map([["a", 1n]])],
  }, "salt");
  assert.deepEqual(passing, []);
  assert.deepEqual(fingerprint, {
    host: '"fake"',
    executable: '"appd"',
    arguments: "[]",
    "command environment": "{}",
    environment: '{"DATA":{"path":"/srv/data","host":"fake"}}',
    fds: '{"4":{"descriptor":"3f7c","host":"fake"}}',
    secrets: '{"TOKEN":{"secret":"bvswiMiKpv9OyRiAvRpJU/sHE9vAIplg/eOo8FO3aEM="}}',
    uses: '[{"class":"SockaddrIn","text":"127.0.0.1:80","fields":{"address":"127.0.0.1",' +
      '"family":2,"port":80}},{"map":[["a",{"bigint":"1"}]]}]',
  });
});

Deno.test("what ends with the program is named, and where it is", async () => {
  const { thread } = await fakeThread();
  const fd = thread.adopt(7);
  const { passing } = fingerprintOf(thread, new Command("appd"), {
    fds: { 4: fd },
    cwd: thread.path(`${thread.host.temporary}/kept-1`),
    uses: [thread, () => {}],
  });
  assert.deepEqual(passing, [
    'cwd: a temporary directory (claim one that stays: await keep(nursery, thread, "NAME"))',
    'fds: descriptor 7, which no host holds (claim it: await hold(nursery, thread, "NAME", () => ...))',
    "uses: a thread of host fake, which does not stand",
    "uses: a function",
  ]);
});

Deno.test("fingerprints are those that they were", async () => {
  const { thread } = await fakeThread();
  for (const [command, options, golden] of ROWS) {
    assert.deepEqual(fingerprintOf(thread, command(thread), options).fingerprint, golden);
  }
});

Deno.test("what can be changed while a service runs is not in its fingerprint", async () => {
  const { thread } = await fakeThread();
  const command = new Command("sleep", [10]);
  const options = { stop: { grace: 5 }, address: "a", readyTimeout: 1, before: async () => {} };
  const [one, other] = [{}, options].map((each) =>
    fingerprintOf(thread, command, each).fingerprint
  );
  assert.deepEqual(difference(one!, other!), []);
});

Deno.test("difference() names the fields that are others", async () => {
  const { thread } = await fakeThread();
  const [one, other] = [["a"], ["b"]].map((args, nice) =>
    fingerprintOf(thread, new Command("sh", args), { nice }).fingerprint
  );
  assert.deepEqual(difference(one!, other!), ["arguments", "nice"]);
});
