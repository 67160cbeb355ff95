/** Systems that outlive their program, from the command line. */
import assert from "node:assert/strict";
import { testHostsAvailable, TestNetwork, until } from "bailiwick/testing";
import { StandingCli } from "./support/standing.ts";

const NAMES = ["sleeper-0", "sleeper-1"];

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`${signal} lets a standing system go, and says what goes on and how it is stopped`, async () => {
    await using cli = await StandingCli.make();
    const up = await cli.up();
    const before = await cli.ps();
    const { code, stderr } = await up.kill(signal);
    assert.equal(code, 0);
    assert.match(
      stderr,
      /Letting go: these go on running: sleeper-0, sleeper-1\. To stop them: sleepers down/,
    );
    assert.deepEqual(await cli.ps(), before);
  });
}

Deno.test("a terminal that is closed lets a standing system go", async () => {
  await using cli = await StandingCli.make();
  const terminal = cli.onTerminal("up", "--standing");
  const screen = terminal.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  for (let seen = ""; !seen.includes("All ready");) seen += (await screen.next()).value ?? "";
  const before = await cli.ps();
  terminal.kill("SIGKILL");
  await Promise.all([terminal.stdin.close(), screen.return?.()]);
  const noProgram = async () => /No program of it runs/.test((await cli.run("ps")).stderr);
  await until("the program has ended", noProgram);
  assert.deepEqual(await cli.ps(), before);
});

Deno.test("ps --json has one object a line: name, host, pid, state, since, restarts", async () => {
  await using cli = await StandingCli.make();
  const begin = Date.now();
  await cli.up();
  const { stdout } = await cli.run("ps", "--json");
  const rows = stdout.trim().split("\n").map((line) => JSON.parse(line));
  for (const [index, { name, host, state, restarts, since, pid }] of rows.entries()) {
    assert.deepEqual([name, host, state, restarts], [NAMES[index], "local", "running", 0]);
    assert.match(await Deno.readTextFile(`/proc/${pid}/cmdline`), /^sleep\0/);
    const at = Date.parse(since);
    assert.ok(at >= begin - 1000 && at <= Date.now() + 1000, since);
  }
  assert.equal(rows.length, NAMES.length);
});

Deno.test("up again takes over what stands: the same processes, and the program before, though it was stopped, ends with status 5", async () => {
  await using cli = await StandingCli.make();
  const first = await cli.up();
  const before = await cli.ps();
  first.signal("SIGSTOP");
  await cli.up();
  first.signal("SIGCONT");
  const { code, stderr } = await first.ended();
  assert.equal(code, 5);
  assert.match(stderr, /superseded by a program of generation \d+/);
  assert.deepEqual(await cli.ps(), before);
});

Deno.test("up --if-vacant takes nothing over: status 3 while a program is there", async () => {
  await using cli = await StandingCli.make();
  const up = await cli.up();
  const before = await cli.ps();
  const { code, stderr } = await cli.run("up", "--standing", "--if-vacant");
  assert.equal(code, 3, stderr);
  await up.kill("SIGINT");
  const vacant = await cli.up("--if-vacant");
  assert.deepEqual(await cli.ps(), before);
  await vacant.kill("SIGINT");
});

Deno.test("a take-over that fails and is not gone back from stops nothing of what stood", async () => {
  await using cli = await StandingCli.make();
  await cli.up();
  const before = await cli.ps();
  const { code, stderr } = await cli.run("up", "--standing", "--no-return", "--fails");
  assert.equal(code, 1, stderr);
  assert.match(stderr, /FAILED {2}broken on local/);
  assert.deepEqual(await cli.ps(), before);
});

Deno.test("down ends every process of a system, and its program with status 5", async () => {
  await using cli = await StandingCli.make();
  const up = await cli.up();
  const rows = await cli.ps();
  const { code, stdout } = await cli.run("down");
  assert.deepEqual([code, stdout], [0, "local: nothing of it is left\n"]);
  for (const { pid } of rows) await assert.rejects(Deno.stat(`/proc/${pid}`), Deno.errors.NotFound);
  assert.equal((await up.ended()).code, 5);
  assert.deepEqual(await cli.ps(), []);
});

Deno.test("rollback runs the program before again, with its own words, also when the last one failed", async () => {
  await using cli = await StandingCli.make();
  const none = await cli.run("up", "--standing", "--detach");
  assert.equal(none.code, 0, none.stderr);
  const refused = await cli.run("rollback");
  assert.equal(refused.code, 3);
  assert.match(refused.stderr, /No earlier program of system sleepers is kept on this machine/);
  assert.equal((await cli.run("up", "--standing", "--detach", "--count", "3")).code, 0);
  const before = await cli.ps();
  assert.equal(before.length, 3);
  const back = await cli.run("rollback", "--detach");
  assert.equal(back.code, 0, back.stderr);
  assert.match(
    back.stderr,
    /Going back to the program of [^ ]+: sleepers up --standing --detach\n/,
  );
  assert.deepEqual(await cli.ps(), before.slice(0, 2));
  assert.equal((await cli.run("up", "--standing", "--detach", "--no-return", "--fails")).code, 1);
  assert.equal((await cli.run("rollback", "--detach")).code, 0);
  assert.deepEqual(await cli.ps(), before.slice(0, 2));
});

Deno.test("down --host ends a system that no record knows any more", async () => {
  await using cli = await StandingCli.make();
  await (await cli.up()).kill("SIGINT");
  const rows = await cli.ps();
  await Deno.remove(`${cli.state}/bailiwick/systems`, { recursive: true });
  assert.equal((await cli.run("ps")).code, 2);
  assert.equal((await cli.run("down", "--host", "local")).code, 0);
  for (const { pid } of rows) await assert.rejects(Deno.stat(`/proc/${pid}`), Deno.errors.NotFound);
});

Deno.test({
  name: "a host that cannot be reached is unknown to ps, and down names it with what it ran",
  ignore: !testHostsAvailable().ok,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 1 });
    await using cli = await StandingCli.make();
    const config = `${cli.state}/ssh_config`;
    await Deno.copyFile(network.sshConfig, config);
    const where = ["--topology", "far", "--host", "bed=host0", "--ssh-config", config];
    await (await cli.up(...where)).kill("SIGINT");
    const before = await cli.ps();
    await Deno.rename(config, `${config}.away`);
    const { code, stdout, stderr } = await cli.run("ps", "--json");
    const unknown = before.map((row) => ({ ...row, state: "unknown" }));
    assert.deepEqual(stdout.trim().split("\n").map((line) => JSON.parse(line)), unknown);
    assert.match(
      stderr,
      /^host0 cannot be reached, and what runs there is unknown: Cannot use host host0/,
    );
    const down = await cli.run("down");
    assert.match(
      down.stdout,
      /^host0: not reached, so what stands there stands; .* sleeper-0, sleeper-1\. /,
    );
    assert.deepEqual([code, down.code], [1, 1]);
    await Deno.rename(`${config}.away`, config);
    assert.deepEqual(await cli.ps(), before);
    assert.equal((await cli.run("down")).code, 0);
    assert.deepEqual(await network.hosts[0]!.processes(), []);
  },
});

Deno.test("up --detach returns when all is ready, and the program goes on in the background", async () => {
  await using cli = await StandingCli.make();
  const { code, stdout, stderr } = await cli.run("up", "--standing", "--detach");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /All ready in [\d.]+ m?s\. Good night\.\n/);
  const [, pid] = /in the background as process (\d+); its log is /.exec(stderr)!;
  assert.match(await Deno.readTextFile(`/proc/${pid}/cmdline`), /\0up\0--standing\0$/);
  assert.deepEqual((await cli.ps()).map(({ name }) => name), NAMES);
  assert.equal((await cli.run("wait", "--timeout", "10")).code, 0);
});

Deno.test("up --detach shows why a start has failed, with its status", async () => {
  await using cli = await StandingCli.make();
  const { code, stderr } = await cli.run("up", "--standing", "--detach", "--fails");
  assert.equal(code, 1);
  assert.match(stderr, /FAILED {2}broken on local\nhow +exited with status 7/);
  assert.match(stderr, /said +it cannot sleep/);
});

Deno.test("wait ends with status 124 for what does not become ready, and 2 for what there is not", async () => {
  await using cli = await StandingCli.make();
  const up = await cli.up();
  assert.equal((await cli.run("wait", ...NAMES, "--timeout", "10")).code, 0);
  const unknown = await cli.run("wait", "sleeper-2", "--timeout", "10");
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /There is no service sleeper-2: the nearest is sleeper-/);
  await up.kill("SIGINT");
  const [first] = await cli.ps();
  Deno.kill(first!.pid, "SIGKILL");
  const late = await cli.run("wait", "sleeper-0", "--timeout", "1");
  assert.equal(late.code, 124);
  assert.match(late.stderr, /Not ready in time: sleeper-0/);
  assert.equal((await cli.ps())[0]!.state, "ended");
});

Deno.test("hosts check tells of the residents of a host", async () => {
  await using cli = await StandingCli.make();
  await cli.up();
  const { code, stdout } = await cli.run("hosts", "check", "--json");
  assert.equal(code, 0, stdout);
  const [{ residents }] = JSON.parse(stdout).hosts;
  assert.equal(residents.length, 1);
  const [{ system, generation, build, services, age }] = residents;
  assert.deepEqual([system, services], ["sleepers", 2]);
  assert.match(generation, /^\d{13,}$/);
  assert.match(build, /^[0-9a-f]{40}$/);
  assert.ok(age >= 0 && age < 60_000, `${age}`);
});

Deno.test("commands about a system that is not known here say which are, with status 2", async () => {
  await using cli = await StandingCli.make();
  await cli.up("--system", "night");
  for (const command of ["ps", "wait", "down"]) {
    const { code, stderr } = await cli.run(command, "--system", "nigth");
    assert.equal(code, 2, stderr);
    assert.match(stderr, /No system nigth is known on this machine: the nearest of night is night/);
  }
  assert.equal((await cli.run("down", "--system", "night")).code, 0);
});

for (const whose of ["user", "machine"]) {
  Deno.test(`unit prints a unit of the ${whose}'s manager that systemd finds right`, async () => {
    await using cli = await StandingCli.make();
    const { code, stdout } = await cli.run("unit", whose, "--count", "3");
    assert.equal(code, 0);
    assert.match(stdout, /\nExecStart=\/.* up --if-vacant --standing --count 3\n/);
    assert.match(stdout, /\nRestartPreventExitStatus=5 2\n/);
    assert.ok(stdout.includes(`\nEnvironment="XDG_STATE_HOME=${cli.state}"\n`), stdout);
    assert.match(stdout, /^# .*enable-linger/m);
    const unit = `${cli.state}/bailiwick-sleepers.service`;
    await Deno.writeTextFile(unit, stdout);
    const manager = whose === "user" ? "--user" : "--system";
    const verified = await new Deno.Command("systemd-analyze", {
      args: ["verify", manager, "--man=no", unit],
      env: { XDG_RUNTIME_DIR: cli.state },
    }).output();
    assert.equal(new TextDecoder().decode(verified.stderr), "");
    assert.ok(verified.success);
  });
}
