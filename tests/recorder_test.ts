/** The flight recorder. */
import assert from "node:assert/strict";
import { Command } from "bailiwick";
import { systemTest, until } from "bailiwick/testing";
import { conversation, recorder } from "../lib/agent/mod.ts";
import { OperatedCli } from "./support/operated.ts";

systemTest(
  "what is recorded has calls by their names, and nothing of what they move",
  async ({ thread, tmpdir }) => {
    const secret = crypto.randomUUID();
    const path = tmpdir.join("file");
    await thread.writeFile(path, secret);
    assert.equal(new TextDecoder().decode(await thread.readFile(path)), secret);
    const command = new Command("sh", ["-c", 'cat; echo "$0 $S"', secret], { S: secret });
    const { stdout } = await thread.run(command, { input: secret });
    assert.equal(stdout, `${secret}${secret} ${secret}\n`);
    await assert.rejects(thread.readFile(tmpdir.join(secret)));
    const text = conversation(recorder.frames, 0).join("\n");
    assert.match(text, / → CALL of \d+ #\d+: .*openat/);
    assert.match(text, / ← REPLY of \d+ #\d+: \d+ done, the last with ENOENT/);
    assert.match(text, / ← DATA of \d+, \d+ bytes/);
    assert.ok(!text.includes(secret));
    assert.ok(!JSON.stringify(recorder.frames).includes(secret));
  },
);

Deno.test("when a host is lost what was said is kept, and shown", async () => {
  await using cli = await OperatedCli.up("--patient");
  const agent = await agentOf(cli);
  Deno.kill(agent, "SIGKILL");
  await until("the host is back", async () => {
    return await cli.tried((client) => client.model(), ({ hosts, services }) => {
      return hosts[0]!.state === "connected" && services.every(({ state }) => state === "running");
    }) && await agentOf(cli).then((pid) => pid !== agent, () => false);
  });
  const { stdout } = await cli.run("record", "show");
  assert.match(stdout, / local → CALL of /);
  await cli.stop();
  const { stderr } = await cli.ended();
  const [, kept] = /what was said with local until then: (\S+)/.exec(stderr)!;
  assert.match(await Deno.readTextFile(kept!), / local ← REPLY of /);
  assert.equal((await Deno.stat(kept!)).mode! & 0o777, 0o600);
  const shown = await cli.run("record", "show");
  assert.equal(shown.stdout, await Deno.readTextFile(kept!));
});

/** The pid of the agent, of which services are children. */
async function agentOf(cli: OperatedCli): Promise<number> {
  const [pid] = Object.values(await cli.pids());
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}
