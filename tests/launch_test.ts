/** How an agent of this machine begins and ends, whatever is done to it and to the program. */
import assert from "node:assert/strict";
import { Command, HostLostError, localHost } from "bailiwick";
import { runSystem } from "bailiwick/testing";
import { expectGone } from "./support/gone.ts";

const ROUNDS = 25;
const DEADLINE_MS = 10_000;
const NOEXEC = "/proc/sys/vm/memfd_noexec";

Deno.test("kill -9 of a program that connects to this machine leaves no file and no process", async () => {
  const program = new URL("support/connecting_program.ts", import.meta.url).pathname;
  const directory = await Deno.makeTempDir();
  for (let round = 0; round < ROUNDS; round++) {
    const mark = crypto.randomUUID();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", program],
      env: { TMPDIR: directory, BAILIWICK_TEST: mark },
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    // It prints a byte whenever it begins to connect; each round gets a little further after the last.
    for (let i = 0; i <= round % 5; i++) await reader.read();
    const until = performance.now() + round / 5;
    while (performance.now() < until);
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    await expectGone(mark, DEADLINE_MS);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), []);
  }
  await Deno.remove(directory);
});

Deno.test({
  name: "localHost() says that programs in memory are forbidden",
  ignore: !await Deno.stat(NOEXEC).then(() => true, () => false),
  fn: async () => {
    const program = new URL("support/limit_program.ts", import.meta.url).pathname;
    const script = `echo 2 >${NOEXEC} && exec "$0" run -A --no-check "$1"`;
    const { stderr } = await new Deno.Command("unshare", {
      args: ["--pid", "--fork", "--mount-proc", "sh", "-c", script, Deno.execPath(), program],
    }).output();
    assert.match(
      new TextDecoder().decode(stderr),
      /Cannot start the agent, .* \(\/proc\/sys\/vm\/memfd_noexec is 2: set 1\)/,
    );
  },
});

Deno.test("a host whose TMPDIR will not do keeps what is temporary in /tmp", async () => {
  const file = await Deno.makeTempFile();
  for (const TMPDIR of ["/nonexistent", file, "relative"]) {
    await using host = await localHost({ environment: { TMPDIR } });
    await using directory = await host.thread.mkdtemp();
    assert.match(`${directory}`, /^\/tmp\/bailiwick-/, TMPDIR);
  }
  await Deno.remove(file);
});

for (
  const [what, stop] of [
    ["its keeper is stopped and its agent killed", (keeper: number, agent: number) => {
      Deno.kill(keeper, "SIGSTOP");
      Deno.kill(agent, "SIGKILL");
    }],
    ["its agent is stopped", (_: number, agent: number) => Deno.kill(agent, "SIGSTOP")],
    ["both are stopped", (keeper: number, agent: number) => {
      Deno.kill(keeper, "SIGSTOP");
      Deno.kill(agent, "SIGSTOP");
    }],
  ] as const
) {
  Deno.test(`a host of this machine can be closed when ${what}`, async () => {
    await runSystem(localHost, async ({ host, thread }) => {
      await thread.spawn(new Command("sleep", ["1000"]));
      const status = await Deno.readTextFile(`/proc/${host.info.pid}/status`);
      stop(Number(/^PPid:\s*(\d+)/m.exec(status)![1]), host.info.pid);
      const begin = performance.now();
      await host.close();
      assert.ok(performance.now() - begin < DEADLINE_MS);
      assert.ok(await host.ended instanceof HostLostError);
    });
  });
}
