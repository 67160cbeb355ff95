/** Names and far sides that mean harm: a clear error in time, and nothing else. */
import assert from "node:assert/strict";
import {
  commandHost,
  type CommandHostOptions,
  ConnectionRefusedError,
  type Host,
  localHost,
  sshHost,
  type SshOptions,
  type Thread,
} from "bailiwick";
import { BAD_AGENTS, type FarSide, NO_AGENTS } from "./support/faults_far_sides.ts";
import { hostileNames } from "./support/faults_names.ts";
import { expectGone } from "./support/gone.ts";

/** Milliseconds within which there must be an agent, and in which an error must be there. */
const TIMEOUT = 1000;
const DEADLINE = 4000;
/** Bytes that memory may grow by: of 1 GiB that comes, what is not collected yet. */
const MOST_MEMORY = 128 << 20;

/** Runs with a new working directory, which must be empty in the end. */
async function withoutCanary(body: (ssh: Omit<SshOptions, "to">) => Promise<void>): Promise<void> {
  const before = Deno.cwd();
  const directory = await Deno.makeTempDir();
  const config = `${directory}.config`;
  // Whatever is taken for a name is one of a place where nobody listens.
  await Deno.writeTextFile(config, "Host *\n  HostName 127.0.0.1\n  Port 1\n");
  Deno.chdir(directory);
  try {
    await body({ config, connectTimeout: 5000 });
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), []);
  } finally {
    Deno.chdir(before);
    await Deno.remove(directory, { recursive: true });
    await Deno.remove(config);
  }
}

async function expectRefused(to: string, ssh: Omit<SshOptions, "to">, from?: Thread) {
  const attempt = sshHost({ to, ...ssh }, from ? { from } : {});
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof TypeError || error instanceof ConnectionRefusedError, `${error}`);
    return true;
  });
}

Deno.test("sshHost() refuses 1,000 hostile host and user names, and runs none", async () => {
  const names = hostileNames(1000);
  assert.equal(names.length, 1000);
  await withoutCanary(async (ssh) => {
    for (const name of names) await expectRefused(name, ssh);
    await expectRefused("plain-name", ssh);
  });
});

Deno.test("sshHost() refuses 200 hostile names on a thread too", async () => {
  await withoutCanary(async (ssh) => {
    await using host = await localHost();
    for (const name of hostileNames(200)) await expectRefused(name, ssh, host.thread);
    await expectRefused("plain-name", ssh, host.thread);
  });
});

/** Connects to a far side, which must fail in time and leave neither processes nor much memory. */
async function meet(far: FarSide, connect: (argv: string[]) => Promise<Error>): Promise<void> {
  const mark = crypto.randomUUID();
  const agent = await Deno.makeTempFile();
  try {
    await Deno.writeFile(agent, far.sends ?? new Uint8Array(0));
    const argv = ["env", `BAILIWICK_TEST=${mark}`, `agent=${agent}`, "sh", "-c", far.script];
    const before = await memory("VmRSS");
    await Deno.writeTextFile("/proc/self/clear_refs", "5");
    const begun = performance.now();
    const error = await connect(argv);
    assert.ok(performance.now() - begun < DEADLINE);
    assert.equal(error.constructor, far.error, `${error}`);
    assert.match(error.message, far.message);
    assert.match(error.message, /^(Cannot use host|Host) far/);
    const grown = await memory("VmHWM") - before;
    assert.ok(grown < MOST_MEMORY, `memory grew by ${grown >> 20} MiB`);
    await expectGone(mark, DEADLINE);
  } finally {
    await Deno.remove(agent);
  }
}

/** Bytes, by the name that /proc/self/status gives them. */
async function memory(name: string): Promise<number> {
  const status = await Deno.readTextFile("/proc/self/status");
  return 1024 * Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)![1]);
}

async function failure(connecting: Promise<Host>): Promise<Error> {
  return await connecting.then((host) => host.close().then(() => new Error("connected")), (e) => e);
}

/** What ended a host, also if that came before connecting was done. */
async function end(connecting: Promise<Host>): Promise<Error> {
  const ended = async (connected: Host) => {
    await using host = connected;
    return await host.ended;
  };
  return await connecting.then(ended, (error) => error);
}

const KINDS = [[NO_AGENTS, failure], [BAD_AGENTS, end]] as const;

for (const [farSides, outcome] of KINDS) {
  for (const [what, far] of Object.entries(farSides)) {
    const options: CommandHostOptions = { name: "far", timeout: TIMEOUT };
    Deno.test(`commandHost() fails clearly when the far side sends ${what}`, async () => {
      await meet(far, (argv) => outcome(commandHost(argv, options)));
    });
    Deno.test(`commandHost() on a thread fails clearly when the far side sends ${what}`, async () => {
      await using host = await localHost();
      const from = host.thread;
      await meet(far, (argv) => outcome(commandHost(argv, { ...options, from })));
      await from.getpid();
    });
  }
}
