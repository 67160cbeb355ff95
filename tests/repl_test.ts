/** JavaScript in the running program. */
import assert from "node:assert/strict";
import { until } from "bailiwick/testing";
import type { Snapshot } from "../lib/operate/api.ts";
import { Attached } from "../lib/cli/operate/attached.ts";
import { Client } from "../lib/operate/client.ts";
import { OperatedCli } from "./support/operated.ts";

const quiet = () => {};

async function attached<T>(
  cli: OperatedCli,
  does: (session: Attached) => Promise<T>,
  readOnly = false,
): Promise<T> {
  using client = new Client(await cli.socket());
  return await does(new Attached(client, readOnly));
}

Deno.test("attach -e prints what an expression is, and has status 1 for what it throws", async () => {
  await using cli = await OperatedCli.up();
  const evaluate = (code: string, ...words: string[]) => cli.run("attach", ...words, "-e", code);
  assert.deepEqual(await evaluate("1+await 1"), { code: 0, stdout: "2\n", stderr: "" });
  assert.deepEqual(await evaluate("throw 1"), { code: 1, stdout: "", stderr: "1\n" });
  const typed = await evaluate("const n: number = 6; n * 7");
  assert.equal(typed.stdout, "42\n");
  const names = await evaluate("Object.keys(services).sort().join()");
  assert.equal(names.stdout, '"cache,front,orders/orderd"\n');
});

Deno.test("a loop is ended, and nothing comes of it", async () => {
  await using cli = await OperatedCli.up();
  const before = await cli.pids();
  const begin = performance.now();
  const { code, stderr } = await cli.run("attach", "-e", "while(true){}");
  assert.equal(code, 1);
  assert.match(stderr, /it had not come to an await or its end within 2 s/);
  const took = performance.now() - begin;
  assert.ok(took > 2000, `${took}`);
  assert.deepEqual(await cli.pids(), before);
});

Deno.test("attach --read-only refuses what would change anything", async () => {
  await using cli = await OperatedCli.up();
  const before = await cli.pids();
  for (const code of ["services.length = 0", "globalThis.x = 1", "scope('orders').run()"]) {
    const refused = await cli.run("attach", "--read-only", "-e", code);
    assert.deepEqual([refused.code, refused.stdout], [1, ""]);
    assert.equal(refused.stderr, "It would change something, and is not to\n");
  }
  const read: [string, string][] = [
    ["6 * 7", "42"],
    ["services.front.pid", `${before["front"]}`],
    ['scope("orders").state', '"standing"'],
  ];
  for (const [code, stdout] of read) {
    const outcome = await cli.run("attach", "--read-only", "-e", code);
    assert.deepEqual(outcome, { code: 0, stdout: `${stdout}\n`, stderr: "" }, code);
  }
  assert.deepEqual(await cli.pids(), before);
});

Deno.test("each client sees what its own code prints, and is hurt by no other", async () => {
  await using cli = await OperatedCli.up();
  const printed: string[][] = [[], []];
  const gone = new Client(await cli.socket());
  const hanging = new Attached(gone, false).evaluate("await new Promise(() => {})", quiet);
  hanging.catch(quiet);
  await attached(cli, (one) =>
    attached(cli, async (other) => {
      const say = (name: string) =>
        `for (const n of [1, 2]) { await 0; console.log("${name}", n); }; "${name}"`;
      const answers = await Promise.all([
        one.evaluate(say("one"), (text) => printed[0]!.push(text)),
        other.evaluate(say("other"), (text) => printed[1]!.push(text)),
      ]);
      assert.deepEqual(answers, [{ result: '"one"' }, { result: '"other"' }]);
    }));
  assert.deepEqual(printed, [["one 1", "one 2"], ["other 1", "other 2"]]);
  gone[Symbol.dispose]();
  assert.deepEqual(await attached(cli, (session) => session.evaluate("1", quiet)), { result: "1" });
});

Deno.test("completion has scopes by name, and runs no getter", async () => {
  await using cli = await OperatedCli.up();
  await attached(cli, async (session) => {
    assert.deepEqual(await session.complete('scope("ord'), [["orders"], 3]);
    await session.evaluate(
      "var n = 0, o = { get effect() { return n++; }, plain: { far: 1 } }",
      quiet,
    );
    assert.deepEqual(await session.complete("o.ef"), [["effect"], 2]);
    assert.deepEqual(await session.complete("o.plain.f"), [["far"], 1]);
    assert.deepEqual(await session.complete("o.effect.to"), [[], 2]);
    assert.deepEqual(await session.complete("services.fr"), [["front"], 2]);
    assert.deepEqual(await session.complete('services["fr'), [["front"], 2]);
    assert.deepEqual(await session.complete("a".repeat(1000)), [[], 1000]);
    await session.evaluate("var endless = { get loop() { for (;;); } }", quiet);
    assert.deepEqual((await session.complete("endless.loop.x"))[0], []);
    assert.deepEqual(await session.complete("startO"), [["startOrderd"], 6]);
    assert.deepEqual(await session.evaluate("n", quiet), { result: "0" });
  });
});

Deno.test("what nobody catches ends nothing, and is said to whom it belongs", async () => {
  await using cli = await OperatedCli.up();
  await attached(cli, async (session) => {
    const said: string[] = [];
    const evaluate = (code: string) => session.evaluate(code, (text) => said.push(text));
    await evaluate("Promise.reject(new Error('loose')); 1");
    await evaluate("setTimeout(() => { throw new Error('late'); }); 1");
    const turn = await evaluate("await new Promise((done) => setTimeout(() => done(1), 1))");
    assert.deepEqual(turn, { result: "1" });
    assert.match(said.join(), /Nobody has caught what was typed at the REPL: Error: loose/);
    const shown = "({ [Symbol.for('Deno.customInspect')]() { throw new Error('unseen'); } })";
    assert.match(JSON.stringify(await evaluate(shown)), /"error":"Error: unseen/);
    await evaluate("console.log('x'.repeat(100_000))");
    assert.match(said.at(-1)!.slice(-40), /^x+\n\(34464 characters are left out\)$/);
  });
});

Deno.test("a scope asks; orderd is started with other arguments at the prompt, and the system goes on", async () => {
  await using cli = await OperatedCli.begin("--asks");
  const held = ({ scopes }: Snapshot) =>
    scopes.some(({ path, state }) => path === "orders" && state === "held");
  await until("the scope asks", async () => await cli.tried((client) => client.model(), held));
  const line = 'await startOrderd(nursery, thread, "/good", size)';
  const { code, stderr } = await cli.run("attach", "-e", line);
  assert.equal(code, 0, stderr);
  assert.equal((await cli.run("wait", "--timeout", "10")).code, 0);
  assert.deepEqual(await cli.states(), {
    cache: "running",
    "orders/orderd": "running",
    front: "running",
  });
  const value = await cli.run("attach", "-e", 'scope("orders").value.path');
  assert.equal(value.stdout, '"orders/orderd"\n');
});

Deno.test("what keeps the program is said, and the program is killed for it after a while", async () => {
  await using cli = await OperatedCli.up();
  await attached(cli, async (session) => {
    await assert.rejects(session.evaluate("await 0; while (true) {}", quiet));
  });
  const { stderr, signal } = await cli.ended();
  assert.equal(signal, "SIGKILL");
  assert.match(stderr, /Code that was typed at the REPL has kept the program for 2 s/);
});
