/** Secrets: services have them, and nobody and nothing else. */
import assert from "node:assert/strict";
import {
  Command,
  command,
  type Host,
  http,
  Nursery,
  sdNotify,
  Secret,
  type Service,
  SIG,
  type SpawnOptions,
  sshHost,
  startService,
} from "bailiwick";
import { systemTest, testHostsAvailable, TestNetwork } from "bailiwick/testing";
import { QUICK, Server } from "./support/readiness.ts";
import { lines } from "./support/shell.ts";
import { filesWith, memoryHolds, pidHere, processesWith } from "./support/search.ts";

const READY = 9;
const isRoot = Deno.uid() === 0;

/** A secret value of 1 KiB. */
function randomValue(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(768));
  return btoa(String.fromCharCode(...bytes));
}

systemTest("a service reads its secrets from memory files and pipes", async ({ thread }) => {
  const secrets = {
    KEY_FILE: new Secret("for the path"),
    5: new Secret(Uint8Array.of(0x66, 0x64)),
    ONCE: new Secret("by a pipe", { by: "pipe" }),
    3: new Secret("x".repeat(4096), { by: "pipe" }),
  };
  const script =
    "for file in $KEY_FILE /proc/self/fd/5 $ONCE; do rev $file; echo; done; cat <&3 | wc -c; " +
    "rev $KEY_FILE; echo; echo $KEY_FILE $ONCE";
  assert.deepEqual(await lines(thread, script, { secrets }), [
    "htap eht rof",
    "df",
    "epip a yb",
    "4096",
    "htap eht rof",
    "/proc/self/fd/4 /proc/self/fd/6",
  ]);
  const input = { 0: new Secret("standard input") };
  assert.deepEqual(await lines(thread, "rev", { secrets: input }), ["tupni dradnats"]);
  const twice = thread.spawn(new Command("true"), { secrets, ready: 5 });
  await assert.rejects(twice, { name: "RangeError", message: "Descriptor 5 is named twice" });
});

systemTest("a memory file of a secret is its user's alone, and sealed", async ({ thread }) => {
  const secrets = { KEY: new Secret("value") };
  const script = "stat -Lc '%a %U' $KEY; cat $KEY; echo; (echo more >>$KEY) || echo sealed";
  const of = async (options: SpawnOptions) => {
    const seen = await lines(thread, script, { ...options, secrets });
    return seen.filter((line) => !line.startsWith("sh:"));
  };
  assert.deepEqual(await of({}), [
    `400 ${isRoot ? "root" : (await lines(thread, "id -un"))[0]}`,
    "value",
    "sealed",
  ]);
  if (isRoot) assert.deepEqual(await of({ user: "nobody" }), ["400 nobody", "value", "sealed"]);
});

systemTest("what a service prints of its secrets is not in its log", async ({ thread }) => {
  const secrets = {
    KEY: new Secret("long enough"),
    PEM: new Secret("-----BEGIN-----\nlong enough, too\n$&\n"),
    PIN: new Secret("1234"),
  };
  const script = "echo key=$(cat $KEY)! pin=$(cat $PIN); cat $PEM";
  const child = await thread.spawn(new Command("sh", ["-c", script]), { secrets });
  await child.wait();
  assert.deepEqual(child.log!.tail, [
    "key=(a secret)! pin=1234",
    "(a secret)",
    "(a secret)",
    "$&",
  ]);
});

systemTest("a command that probes a service has its secrets", async ({ nursery, thread }) => {
  const secrets = { KEY: new Secret("only for both") };
  const probe = new Command("sh", ["-c", 'cat "$KEY" >&2; test "$(cat "$KEY")" = "only for both"']);
  const forever = new Command("sleep", ["infinity"]);
  const ready = command(probe, { interval: 10 });
  const service = await startService(nursery, thread, forever, { secrets, ready });
  assert.equal(service.state, "ready");
  const wrong = command(new Command("sh", ["-c", 'cat "$KEY"; exit 3']), { interval: 1, tries: 2 });
  await assert.rejects(
    startService(nursery, thread, forever, { secrets, ready: wrong, readyTimeout: 2000 }),
    (error: Error) => {
      assert.match(error.message, /status 3, and wrote .*\(a secret\)/);
      return !error.message.includes("only for both");
    },
  );
});

systemTest(
  "what a service prints of its secrets is left out wherever lines are cut",
  async ({ thread }) => {
    const secrets = {
      KEY: new Secret("k".repeat(500) + "\x1b\u200e"),
      BIG: new Secret("b".repeat(20_000)),
    };
    const script = "head -c 7900 /dev/zero | tr '\\0' x; cat $KEY; echo; cat $BIG";
    const child = await thread.spawn(new Command("sh", ["-c", script]), { secrets });
    await child.wait();
    assert.deepEqual(child.log!.tail, [`${"x".repeat(7900)}(a secret)`, "(a secret)"]);
  },
);

systemTest(
  "what a service says and answers of its secrets is left out",
  async ({ nursery, thread, host }) => {
    const value = randomValue();
    const secrets = { KEY: new Secret(value) };
    const says = new Command("sh", [
      "-c",
      'systemd-notify --status="it is $(head -c 90 $KEY)"; systemd-notify "STATUS=it is $(cat $KEY)"; ' +
      "systemd-notify --ready; exec sleep infinity",
    ]);
    const service = await startService(nursery, thread, says, { secrets, ready: sdNotify() });
    assert.equal(service.says, "it is (a secret)");
    using server = new Server(0, `no HTTP: ${value}\n`);
    const ready = http(`http://${server.address}/`, { ...QUICK, tries: 1 });
    await assert.rejects(
      startService(nursery, thread, new Command("sleep", ["infinity"]), { secrets, ready }),
      /answered "no HTTP: \(a secret\)", no HTTP/,
    );
    const events = Deno.inspect(host.info.model.events, { depth: 20, strAbbreviateSize: Infinity });
    assert.ok(!events.includes(value.slice(0, 20)), events);
  },
);

systemTest("a service with secrets leaves no core", async ({ thread, tmpdir }) => {
  const cwd = tmpdir.join("core");
  const dumping = new Command("sh", ["-c", "kill -SEGV $$"]);
  const secrets = { KEY: new Secret("value") };
  for (const limits of [{}, { core: 0 }]) {
    const child = await thread.spawn(dumping, { cwd, secrets, limits });
    assert.equal(`${await child.wait()}`, "killed by SIGSEGV");
  }
  assert.deepEqual(await thread.readDirectory(cwd), []);
  const core = "sed -n 's/^Max core file size *//p' /proc/self/limits";
  assert.match((await lines(thread, core, { secrets }))[0]!, /^1 +1 +bytes/);
  const limits = { core: "1M" } as const;
  await assert.rejects(
    thread.spawn(dumping, { secrets, limits }),
    /limits.core must be 0, or left/,
  );
});

Deno.test("a secret shows itself to nobody, and refuses to be an argument or a variable", () => {
  const value = randomValue();
  const secret = new Secret(value);
  const shown = [`${secret}`, JSON.stringify({ secret }), Deno.inspect(secret)];
  assert.deepEqual(shown, ["(a secret)", '{"secret":"(a secret)"}', "(a secret)"]);
  const message = /is a secret, which everybody could read there: give it by the option secrets/;
  assert.throws(() => new Command("app", [secret]), message);
  assert.throws(() => new Command("app").env({ KEY: secret as never }), message);
});

Deno.test("what is no secret is told of without its value", async () => {
  assert.throws(
    () => new Secret(5 as never),
    /^TypeError: A secret is text or bytes, not a value of/,
  );
  assert.throws(() => new Secret(""), /A secret is empty: is it set where it comes from/);
  assert.throws(
    () => new Secret("x".repeat(4097), { by: "pipe" }),
    /by pipe has at most 4096 bytes/,
  );
  assert.throws(() => new Secret(new Uint8Array(2 ** 20 + 1)), /has at most 1048576 bytes/);
  Deno.env.set("TEST_SECRET", "from the environment");
  assert.equal(Secret.fromEnvironment("TEST_SECRET").by, "memory");
  assert.equal(Deno.env.get("TEST_SECRET"), undefined);
  assert.throws(() => Secret.fromEnvironment("TEST_SECRET"), /The environment has no TEST_SECRET/);
  await assert.rejects(Secret.fromFile("/no/such"), Deno.errors.NotFound);
});

systemTest("secrets that are none are refused without being shown", async ({ thread }) => {
  const secrets = { KEY: "plain" as never };
  await assert.rejects(lines(thread, "true", { secrets }), {
    name: "TypeError",
    message: "secrets.KEY is no secret: give it as new Secret(value)",
  });
});

const KEEPS = new Command("sh", [
  "-c",
  `key=$(cat "$KEY"); echo >&${READY}; exec ${READY}>&-; echo "it has \${#key} characters"; ` +
  "while :; do sleep 100 & wait $!; done",
]);

Deno.test({
  name: "a secret of 1 KiB is in its service's memory, and in no other place",
  ignore: !testHostsAvailable().ok,
}, async () => {
  await using network = await TestNetwork.make({ hosts: 1, users: { app: "/bin/sh" } });
  const machine = network.hosts[0]!;
  const logDirectory = await Deno.makeTempDir();
  const value = randomValue();
  const bytes = new TextEncoder().encode(value);
  const places = ["root", "home", "run", "tmp", "var/tmp", "var/log", "dev/shm"]
    .map((place) => `${machine.root}/${place}`);
  try {
    await using host = await sshHost({ to: "host0", config: network.sshConfig }, { logDirectory });
    const search = async () => [
      ...await processesWith(bytes),
      ...await filesWith([logDirectory, ...places], bytes),
    ];
    const errors = [await errorOfMissing(host, new Secret(value))];
    errors.push(
      await Nursery.run(async (nursery) => {
        const options = { ready: READY, user: "app", secrets: { KEY: new Secret(value) } };
        const service = await startService(nursery, host.thread, KEEPS, options);
        const pid = await pidHere(service.pid, instanceOf(service));
        assert.ok(await memoryHolds(pid, bytes), "the service has not its own secret");
        assert.deepEqual(await search(), []);
        await Deno.writeTextFile(`${machine.root}/tmp/planted`, value);
        assert.deepEqual(await search(), [`${machine.root}/tmp/planted`]);
        await Deno.remove(`${machine.root}/tmp/planted`);
        await service.kill(SIG.SEGV);
        await service.ended;
      }).catch((error) => error),
    );
    const said = [...errors, host.info.model.events, host.info.model.services, machine.log]
      .map((each) => Deno.inspect(each, { depth: 20, strAbbreviateSize: Infinity }));
    assert.match(said[1]!, /killed by SIGSEGV.*(.|\n)*it has 1024 characters/);
    for (const text of said) assert.ok(!text.includes(value.slice(0, 100)), text);
    assert.deepEqual(await search(), []);
  } finally {
    await Deno.remove(logDirectory, { recursive: true });
  }
});

async function errorOfMissing({ thread }: Host, secret: Secret): Promise<unknown> {
  const spawning = thread.spawn(new Command("/no/such"), { secrets: { KEY: secret } });
  return await spawning.then(() => assert.fail("it was spawned"), (error) => error);
}

function instanceOf({ instance }: Service): Uint8Array {
  const digits = instance.toString(16).padStart(16, "0");
  return new TextEncoder().encode(`BAILIWICK_INSTANCE=${digits}`);
}
