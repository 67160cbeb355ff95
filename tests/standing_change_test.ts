/** Changes of a system that stands: planned, agreed to, guarded, confirmed, and gone back from. */
import assert from "node:assert/strict";
import { markedProcesses, until } from "bailiwick/testing";
import { readProc } from "../lib/tools/processes.ts";
import { MOST_SILENCE } from "../lib/versions/guard.ts";
import { StandingCli } from "./support/standing.ts";

Deno.test("up --plan says what would change, beside the program in charge, and changes nothing", async () => {
  await using cli = await StandingCli.make();
  const first = await cli.run("up", "--standing", "--plan", "--count", "1");
  assert.equal(first.stdout, "start    sleeper-0 on local\n", first.stderr);
  const up = await cli.up();
  const before = await cli.ps();
  const same = await cli.run("up", "--standing", "--plan");
  assert.equal(same.stdout, "nothing to change\n2 stay as they are\n");
  const { code, stdout } = await cli.run("up", "--standing", "--plan", "--count", "1", "--fails");
  assert.equal(code, 0);
  assert.equal(
    stdout,
    `start    broken on local
stop     sleeper-1 on local
           it is not asked for any more
1 stays as it is
`,
  );
  const json = await cli.run("up", "--standing", "--plan", "--json", "--count", "1");
  const { actions, seals } = JSON.parse(json.stdout);
  assert.deepEqual(seals, []);
  assert.deepEqual(actions.map(({ deed, path }: Record<string, string>) => `${deed} ${path}`), [
    ...["keep host local", "keep sleeper-0", "stop sleeper-1"],
  ]);
  assert.deepEqual(await cli.ps(), before);
  assert.equal((await up.kill("SIGINT")).code, 0);
});

Deno.test("on a terminal up shows what would change, and asks before anybody is cut off", async () => {
  await using cli = await StandingCli.make();
  const up = await cli.up();
  const before = await cli.ps();
  const change = ["up", "--standing", "--detach", "--count", "1"];
  const no = await cli.typed("n\n", ...change);
  assert.equal(no.code, 3, no.screen);
  assert.match(no.screen, /stop {5}sleeper-1 on local\n/);
  assert.match(no.screen, /Go ahead\? \[y\/N\] /);
  assert.deepEqual(await cli.ps(), before);
  const yes = await cli.typed("y\n", ...change);
  assert.equal(yes.code, 0, yes.screen);
  assert.deepEqual(await cli.ps(), before.slice(0, 1));
  assert.equal((await up.ended()).code, 5);
  const unasked = await cli.typed("", ...change);
  assert.equal(unasked.code, 0, unasked.screen);
  assert.match(unasked.screen, /nothing to change/);
});

Deno.test("what would not outlive the program is refused before any change, with the line to write instead", async () => {
  await using cli = await StandingCli.make("literal.ts");
  const data = `${cli.state}/data`;
  const up = (anew: number) =>
    cli.run("up", "--standing", "--detach", "--data", data, "--anew", `${anew}`);
  const lines = [
    /would make a socket.*\n +write instead: const fd = await hold\(nursery, thread, "NAME"/,
    /would make a temporary directory\n +write instead: const directory = await keep\(nursery/,
    /would make a fresh database, .*\n +write instead: Database\.open\(thread, path\), which/,
  ];
  for (const [anew, line] of lines.entries()) {
    const { code, stderr } = await up(anew);
    assert.equal(code, 1, stderr);
    assert.match(stderr, line);
    assert.deepEqual(await cli.ps(), []);
    await assert.rejects(Deno.stat(data), Deno.errors.NotFound);
  }
  const { code, stderr } = await up(lines.length);
  assert.equal(code, 0, stderr);
  const before = await cli.ps();
  assert.deepEqual(before.map(({ name }) => name), ["orderd", "positiond"]);
  const again = await up(0);
  assert.equal(again.code, 3, again.stderr);
  assert.match(again.stderr, lines[0]!);
  assert.match(again.stderr, /It is in charge again, and all of it is ready/);
  assert.deepEqual(await cli.ps(), before);
});

for (const [how, words] of [["fails", ["--fails"]], ["is not well", ["--bad"]]] as const) {
  Deno.test(`a change that ${how} is gone back from by itself: status 3`, async () => {
    await using cli = await StandingCli.make();
    assert.equal((await cli.run("up", "--standing", "--detach")).code, 0);
    const before = await cli.ps();
    const { code, stderr } = await cli.run("up", "--standing", "--count", "1", ...words);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /Going back to the program of [^ ]+: sleepers up --standing\n/);
    assert.match(stderr, /It is in charge again, and all of it is ready/);
    const [first, second] = await cli.ps();
    assert.deepEqual([first, second!.name], [before[0], "sleeper-1"]);
    assert.equal((await cli.run("wait", "--timeout", "10")).code, 0);
  });
}

Deno.test("where going back fails, too, the status is 4, and what stood stands", async () => {
  await using cli = await StandingCli.make();
  const needed = `${cli.state}/needed`;
  await Deno.writeTextFile(needed, "");
  assert.equal((await cli.run("up", "--standing", "--detach", "--needs", needed)).code, 0);
  const before = await cli.ps();
  await Deno.remove(needed);
  const { code, stderr } = await cli.run("up", "--standing", "--count", "3", "--bad");
  assert.equal(code, 4, stderr);
  assert.match(stderr, /It could not go back: its start ended with status 1; see .*guardian\.log/);
  assert.deepEqual((await cli.ps()).slice(0, 2), before);
});

Deno.test("up --after takes nothing over from a later program than that", async () => {
  await using cli = await StandingCli.make();
  const up = await cli.up();
  const { code, stderr } = await cli.run("up", "--standing", "--after", "1");
  assert.equal(code, 5, stderr);
  assert.match(
    stderr,
    /Host local is not taken over: a program of generation \d+ has come after 1/,
  );
  assert.equal((await up.kill("SIGINT")).code, 0);
});

Deno.test("up --confirm goes back to the program before when it fails, and when nobody confirms: status 3", async () => {
  await using cli = await StandingCli.make();
  assert.equal((await cli.run("up", "--standing", "--detach")).code, 0);
  const before = await cli.ps();
  for (const words of [["--fails"], ["--count", "3", "--confirm", "1"]]) {
    const { code, stderr } = await cli.run("up", "--standing", "--confirm", "60", ...words);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /It is in charge again, and all of it is ready/);
    assert.deepEqual(await cli.ps(), before);
  }
});

Deno.test("up --confirm stays when somebody confirms", async () => {
  await using cli = await StandingCli.make();
  assert.equal((await cli.run("up", "--standing", "--detach")).code, 0);
  const up = await cli.up("--count", "3", "--confirm", "60");
  assert.equal((await cli.run("confirm")).code, 0);
  await until("it is confirmed", async () => (await cli.run("confirm")).code === 3);
  const { code, stderr } = await up.kill("SIGINT");
  assert.equal(code, 0, stderr);
  assert.match(stderr, /Confirmed/);
  assert.equal((await cli.ps()).length, 3);
});

Deno.test("a damaged list of earlier programs is named before anybody is cut off", async () => {
  await using cli = await StandingCli.make();
  const up = await cli.up();
  const list = `${cli.state}/bailiwick/systems/sleepers/programs/starts.json`;
  const isReady = (text: string) => text.includes('"wasReady":true');
  await until("it is kept", () => Deno.readTextFile(list).then(isReady, () => false));
  await Deno.writeTextFile(list, "{");
  const { code, stderr } = await cli.run("up", "--standing", "--count", "3");
  assert.equal(code, 1, stderr);
  assert.ok(stderr.includes(`Cannot read ${list}, which is no JSON`), stderr);
  assert.equal((await up.kill("SIGINT")).code, 0);
});

Deno.test("confirm says that no change waits for it: status 3", async () => {
  await using cli = await StandingCli.make();
  const up = await cli.up();
  const { code, stderr } = await cli.run("confirm");
  assert.equal(code, 3, stderr);
  assert.equal(stderr, "No change of system sleepers waits to be confirmed\n");
  assert.equal((await up.kill("SIGINT")).code, 0);
});

Deno.test("a change whose guardian is killed fails for that, and not as if nobody had confirmed it", async () => {
  await using cli = await StandingCli.make();
  assert.equal((await cli.run("up", "--standing", "--detach")).code, 0);
  const up = await cli.up("--count", "3", "--confirm", "60");
  const marked = (await markedProcesses(cli.mark)).map((process) => Number(process.split(" ")[1]));
  const guardian = marked.find((pid) => readProc(pid, "cmdline")?.includes("\0guard\0"));
  Deno.kill(guardian!, "SIGKILL");
  const { code, stderr } = await up.ended();
  assert.equal(code, 4, stderr);
  assert.match(stderr, /FAILED {2}GuardianError: The guardian ended with SIGKILL/);
});

Deno.test("of two that are started at once one is in charge, and the other ends as superseded", async () => {
  await using cli = await StandingCli.make();
  assert.equal((await cli.run("up", "--standing", "--detach")).code, 0);
  const up = (count: string) => cli.run("up", "--standing", "--detach", "--count", count);
  const both = await Promise.all([up("3"), up("4")]);
  const said = both.map(({ stderr }) => stderr).join("\n");
  const [one, other] = both.map(({ code }) => code).sort();
  assert.equal(one, 0, said);
  assert.ok(other === 5 || other === 0, said); // Where the first was ready before the second came.
});

Deno.test("a program that is killed or told to stop before it is confirmed is gone back from", async () => {
  await using cli = await StandingCli.make();
  assert.equal((await cli.run("up", "--standing", "--detach")).code, 0);
  const before = await cli.ps();
  for (const signal of ["SIGKILL", "SIGINT"] as const) {
    const up = await cli.up("--count", "3", "--confirm", "60");
    const { code } = await up.kill(signal);
    if (signal === "SIGINT") assert.equal(code, 3);
    await until("it is gone back from", async () => (await cli.ps()).length === 2);
    assert.equal((await cli.run("wait", "--timeout", "20")).code, 0);
    assert.deepEqual(await cli.ps(), before);
  }
});

for (const words of [["--slow"], ["--slow", "--no-plan", "--count", "3"]]) {
  Deno.test(`a program that is told to stop before it has changed anything is gone back from (${words[1] ?? "planning"})`, async () => {
    await using cli = await StandingCli.make();
    const first = await cli.up();
    const before = await cli.ps();
    const second = cli.begin(...words);
    assert.equal((await first.ended()).code, 5);
    const { code, stderr } = await second.kill("SIGTERM");
    assert.equal(code, 3, stderr);
    assert.match(stderr, /It is in charge again, and all of it is ready/);
    assert.deepEqual(await cli.ps(), before);
  });
}

Deno.test("a program that is stopped while it changes the system is gone back from, and ends as superseded", async () => {
  await using cli = await StandingCli.make();
  assert.equal((await cli.run("up", "--standing", "--detach")).code, 0);
  const before = await cli.ps();
  const up = cli.begin("--slow", "--no-plan", "--count", "3");
  await until("the change is under way", async () => (await cli.ps()).length === 3);
  up.signal("SIGSTOP");
  const isBack = async () => (await cli.ps()).length === 2;
  await until("it is gone back from", isBack, MOST_SILENCE + 5000);
  assert.deepEqual(await cli.ps(), before);
  up.signal("SIGCONT");
  assert.equal((await up.ended()).code, 5);
});

Deno.test("a change whose guardian is killed goes no further", async () => {
  await using cli = await StandingCli.make();
  assert.equal((await cli.run("up", "--standing", "--detach")).code, 0);
  const up = cli.begin("--slow", "--no-plan", "--count", "3");
  await until("the change is under way", async () => (await cli.ps()).length === 3);
  for (const pid of await guardians(cli.mark)) Deno.kill(pid, "SIGKILL");
  const { code, stderr } = await up.ended();
  assert.equal(code, 4, stderr);
  assert.match(stderr, /GuardianError: The guardian ended with SIGKILL/);
});

/** The guardians among the processes that carry a mark in their environment. */
async function guardians(mark: string): Promise<number[]> {
  const found: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const read = (file: string) => Deno.readTextFile(`/proc/${name}/${file}`).catch(() => "");
    const isOne = (await read("cmdline")).includes("\0guard\0");
    if (isOne && (await read("environ")).includes(mark)) found.push(Number(name));
  }
  return found;
}
