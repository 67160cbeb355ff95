/** What services get of the environment and the limits of the program, and of the way to a host. */
import assert from "node:assert/strict";
import { Command, commandHost, type Host, localHost, type RunOptions, sshHost } from "bailiwick";
import { testHostsAvailable, TestNetwork } from "bailiwick/testing";

const ignore = !testHostsAvailable().ok;

async function environmentOf({ thread }: Host): Promise<Record<string, string>> {
  const lines = (await thread.run("env")).lines;
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

Deno.test("services of this machine get what says who and where they are, and no secrets", async () => {
  Deno.env.set("DB_PASSWORD", "secret");
  Deno.env.set("LC_TIME", "C.UTF-8");
  const connects = [
    () => localHost({ environment: { EXTRA: "1" } }),
    () => commandHost(["unshare", "--uts", "sh"], { environment: { EXTRA: "1" } }),
  ];
  try {
    for (const connect of connects) {
      await using host = await connect();
      const environment = await environmentOf(host);
      assert.equal(environment["DB_PASSWORD"], undefined, host.name);
      assert.equal(environment["PATH"], Deno.env.get("PATH"));
      assert.equal(environment["LC_TIME"], "C.UTF-8");
      assert.equal(environment["EXTRA"], "1");
    }
    await using host = await localHost({ inheritEnvironment: true });
    const password = new Command("printenv", ["DB_PASSWORD"]);
    assert.deepEqual((await host.thread.run(password)).lines, ["secret"]);
  } finally {
    for (const name of ["DB_PASSWORD", "LC_TIME"]) Deno.env.delete(name);
  }
});

Deno.test("a service can have an environment from nothing, and one of its own", async () => {
  await using host = await localHost({ environment: { EXTRA: "1" } });
  const { thread } = host;
  const command = new Command("env", [], { A: "command", B: "command" });
  const of = async (options: RunOptions) => {
    const { lines } = await thread.run(command, options);
    return lines.filter((line) => !line.startsWith("BAILIWICK_INSTANCE="));
  };
  const environment = { B: "option", C: 3 };
  assert.deepEqual((await of({ inheritEnvironment: false })).toSorted(), [
    "A=command",
    "B=command",
  ]);
  const bare = await of({ inheritEnvironment: false, environment });
  assert.deepEqual(bare.toSorted(), ["A=command", "B=option", "C=3"]);
  const more = await of({ environment: { ...environment, EXTRA: undefined } });
  assert.ok(more.includes("C=3") && more.includes(`PATH=${Deno.env.get("PATH")}`));
  assert.ok(!more.some((line) => line.startsWith("EXTRA=")));
  const wrong = { environment: { "A=B": "c" } };
  await assert.rejects(of(wrong), /Not the name of an environment variable: "A=B"/);
});

Deno.test({
  name: "services of an ssh host get its environment, but not what is of the session",
  ignore,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 1 });
    {
      const to = { to: "host0", config: network.sshConfig };
      await using host = await sshHost(to, { environment: { EXTRA: "1" } });
      const environment = await environmentOf(host);
      assert.match(host.info.environment["SSH_CONNECTION"]!, new RegExp(network.hosts[0]!.address));
      assert.deepEqual(Object.keys(environment).filter((name) => name.startsWith("SSH_")), []);
      assert.equal(environment["HOME"], "/root");
      assert.equal(environment["EXTRA"], "1");
    }
    await network.hosts[0]!.untilEmpty();
  },
});

Deno.test({
  name: "an account with a low limit of open files is a host, and its services get that limit",
  ignore,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 1, users: { low: "/bin/bash" } });
    const script = "echo ulimit -n 64 >/home/low/.bashrc";
    assert.equal((await network.hosts[0]!.run(["sh", "-c", script])).code, 0);
    await using host = await sshHost({ to: "low@host0", config: network.sshConfig });
    const limits = new Command("sh", ["-c", "ulimit -Sn; ulimit -Hn"]);
    assert.deepEqual((await host.thread.run(limits)).lines, ["64", "64"]);
  },
});

Deno.test("services of this machine get a limit of open files that servers expect", async () => {
  const program = new URL("support/limit_program.ts", import.meta.url).pathname;
  const run = async (script: string) => {
    const args = ["-c", script, Deno.execPath(), program];
    const { stdout, stderr } = await new Deno.Command("sh", { args }).output();
    const text = new TextDecoder().decode(stdout);
    return text === "" ? new TextDecoder().decode(stderr) : text;
  };
  assert.equal(await run('ulimit -Sn 1024; exec "$0" run -A --no-check "$1"'), "1024\n");
  assert.equal(await run('ulimit -Sn 700; "$0" run -A --no-check "$1"; true'), "700\n");
  assert.equal(await run('ulimit -n 600; "$0" run -A --no-check "$1"; true'), "600\n");
  await using host = await localHost({ openFiles: 300 });
  const { lines } = await host.thread.run(new Command("sh", ["-c", "ulimit -Sn; ulimit -Hn"]));
  assert.equal(lines[0], "300");
  assert.ok(lines[1] === "unlimited" || Number(lines[1]) > 300);
});
