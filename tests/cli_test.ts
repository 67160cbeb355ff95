/** The command line: help, mistakes, JSON, completions. */
import assert from "node:assert/strict";
import { toolsAvailable } from "bailiwick/testing";
import { Cli, firstLine } from "./support/cli.ts";
import { expectGone } from "./support/gone.ts";

const cli = Cli.fromSource();
const DATA = /--data must be absolute in --topology prod/;
const STANDING = [["down"], ["confirm"], ["rollback"], ["unit"]];
const LOOKING = [["ps"], ["top"], ["describe"], ["events"], ["wait"]];
const ACTING = [
  ...[["restart"], ["stop"], ["start"], ["signal"]],
  ...[["scope"], ["answer"], ["exec"], ["forward"]],
];
const COMMANDS = [
  ...[["up"], ["trade"], ["hosts", "check"], ["hosts", "upgrade"], ["version"], ["completions"]],
  ...[...STANDING, ...LOOKING, ...ACTING],
];

Deno.test("every command has help with an example", async () => {
  for (const words of COMMANDS) {
    const { code, stdout } = await cli.run([...words, "--help"]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`Usage: bailiwick ${words.join(" ")}`));
    assert.match(stdout, /Examples?:\n {2}(echo .* \| |source <\()?bailiwick /);
  }
});

Deno.test("mistakes get the nearest right word and status 2", async () => {
  const mistakes: [string[], RegExp][] = [
    [["upp"], /unknown command 'upp'\n\(Did you mean up\?\)/],
    [["up", "--topolgy", "dev"], /unknown option '--topolgy'\n\(Did you mean --topology\?\)/],
    [["up", "--topology", "test"], /Allowed choices are dev, prod/],
    [["up", "--port", "70000"], /A port is a number from 0 to 65535/],
    [["up", "--host", "front=a"], /--host goes with --topology prod/],
    [["up", "--topology", "prod", "--host", "front=a"], /needs one --host front=/],
    [["up", "--topology", "prod", "--host", "middle=a"], /not middle=a/],
    [["up", "--", "--port", "70000"], /A port is a number from 0 to 65535/],
    [["hosts", "check", "--", "--host", "front=a"], /--host goes with --topology prod/],
    [["up", "--topology", "prod", "--data", "x", "--host", "front=a", "--host", "shard=a"], DATA],
    [["trade"], /required option '--to/],
    [["up", "--system", "A"], /The name of a system has 1 to 63 of a-z/],
    [["up", "--detach"], /--detach is for a system that outlives its program: add --standing/],
    [["completions", "csh"], /Allowed choices are bash, zsh, fish/],
  ];
  for (const [args, message] of mistakes) {
    const { code, stdout, stderr } = await cli.run(args);
    assert.match(stderr, message);
    assert.equal(code, 2, `${args.join(" ")}: ${stderr}`);
    assert.equal(stdout, "");
  }
});

Deno.test("tables are JSON with --json", async () => {
  const { stdout } = await cli.run(["version", "--json"]);
  assert.equal(JSON.parse(stdout).deno, Deno.version.deno);
  const check = await cli.run(["hosts", "check", "--json"]);
  const [local] = JSON.parse(check.stdout).hosts;
  assert.equal(local.host, "local");
  assert.equal(local.reachable, true);
  assert.ok(local.free > 0);
});

Deno.test("a host that cannot be reached is a row, and status 1", async () => {
  const roles = ["front=-oProxyCommand=x", "shard=a b"].flatMap((role) => ["--host", role]);
  const { code, stdout } = await cli.run(["hosts", "check", "--topology", "prod", ...roles]);
  assert.equal(code, 1);
  assert.match(stdout, /-oProxyCommand=x +no .* is not a host name or address/);
  assert.match(stdout, /a b +no /);
});

Deno.test("what is no terminal gets no colours", async () => {
  const { stdout, stderr } = await cli.run(["trade", "--to", "1"], "BUY ACME 1 1\n");
  assert.ok(!(stdout + stderr).includes("\x1b"));
  assert.match(stderr, /FAILED/);
});

Deno.test("trade says where it cannot connect to, and why", async () => {
  for (const [to, address] of [["1", "127.0.0.1:1"], ["[::1]:1", "[::1]:1"]] as const) {
    const { code, stderr } = await cli.run(["trade", "--to", to], "BUY ACME 1 1\n");
    assert.equal(code, 1);
    assert.ok(stderr.includes(`FAILED  Error: Cannot connect to ${address}: `), stderr);
  }
});

Deno.test("completions are scripts of their shells", async () => {
  const { stdout } = await cli.run(["completions", "bash"]);
  const program = 'COMP_WORDS=(bailiwick hosts ""); COMP_CWORD=2; _bailiwick; echo ${COMPREPLY[*]}';
  const child = new Deno.Command("bash", { args: ["-c", `${stdout}\n${program}`] });
  assert.equal(new TextDecoder().decode((await child.output()).stdout), "check upgrade\n");
});

for (const shell of ["zsh", "fish"]) {
  Deno.test({
    name: `completions for ${shell} are a script that it can read`,
    ignore: !toolsAvailable({ [shell]: shell }).ok,
    fn: async () => {
      const { code, stdout } = await cli.run(["completions", shell]);
      assert.equal(code, 0);
      assert.match(stdout, /topology/);
      const script = await Deno.makeTempFile();
      await Deno.writeTextFile(script, stdout);
      const read = await new Deno.Command(shell, { args: ["-n", script] }).output();
      await Deno.remove(script);
      assert.ok(read.success, new TextDecoder().decode(read.stderr));
    },
  });
}

Deno.test("flag values that are empty or no plain decimal are mistakes", async () => {
  const mistakes: [string[], RegExp][] = [
    ...["", " ", "0x10", "1e3", "+1", "007", "7.0"].map((port): [string[], RegExp] => [
      ["up", "--port", port],
      /A port is a number from 0 to 65535/,
    ]),
    ...["--data", "--log-dir", "--ssh-config"].map((flag): [string[], RegExp] => [
      ["up", flag, ""],
      /It is empty/,
    ]),
    ...["", "-1", "1.5", "86401"].map((seconds): [string[], RegExp] => [
      ["up", "--silence", seconds],
      /It is a number of seconds from 1 to 86400/,
    ]),
    [["trade", "--to", ""], /A port is a number/],
    [["trade", "--to", "a:"], /A port is a number/],
    [["trade", "--to", "::1:7000"], /An address is \[HOST:\]PORT, as 7000, a:7000 or \[::1\]:7000/],
  ];
  for (const [args, message] of mistakes) {
    const { code, stderr } = await cli.run(args);
    assert.match(stderr, message);
    assert.equal(code, 2, `${args.join(" ")}: ${stderr}`);
  }
});

Deno.test("trade sends no more orders when nobody reads the answers", async () => {
  const orders = 100_000;
  await using up = await cli.up([], crypto.randomUUID());
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, "BUY ACME 1 1\n".repeat(orders));
  const child = cli.spawn(["trade", file, "--to", up.address]);
  await child.stdin.close();
  const stderr = child.stderr.text();
  assert.match(await firstLine(child.stdout), /^ACCEPT /);
  assert.equal((await child.status).code, 1);
  assert.match(await stderr, /BrokenPipe/);
  await Deno.remove(file);
  const { stdout } = await cli.run(["trade", "--to", up.address], "BUY ACME 1 1\n");
  assert.ok(Number(stdout.split(" ")[1]) < orders);
});

Deno.test("trade reads a spreadsheet's CSV, and says which line it cannot read", async () => {
  await using up = await cli.up([], crypto.randomUUID());
  const heading = "\uFEFFPrice;Note;Symbol;Side;Quantity\r\n";
  const csv = `${heading}10,50;"urgent; ""today""";ACME;BUY;100\r\n11;;ACME;SELL;30\r\n;;;;\r\n`;
  const good = await cli.run(["trade", "-", "--to", up.address], csv);
  assert.match(good.stdout, /^ACCEPT \d+\nACCEPT \d+\n$/, good.stderr);
  const bad = await cli.run(
    ["trade", "--to", up.address],
    `${heading}10;;ACME;BUY;100\r\n10;;A\r\n`,
  );
  assert.deepEqual([bad.code, bad.stdout], [1, ""]);
  assert.match(
    bad.stderr,
    /FAILED {2}Error: standard input, line 3: 3 fields, and the heading has 5/,
  );
});

Deno.test("up stops when the task that it was started by is ended", async () => {
  const mark = crypto.randomUUID();
  const task = new Cli([Deno.execPath(), "task", "--eval"]);
  const program = cli.words.map((word) => `'${word}'`).join(" ");
  const child = task.spawn([`${program} up --json`], { BAILIWICK_TEST: mark });
  const { stdin, stdout, stderr } = child;
  await stdin.close();
  const said = stderr.text();
  assert.match(await firstLine(stdout), /"address"/);
  child.kill("SIGKILL");
  await child.status;
  await expectGone(mark, 30_000);
  assert.match(await said, /Stopping/);
});
