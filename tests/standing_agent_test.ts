/** The agents of a system that stands go on as others, beside its program. */
import assert from "node:assert/strict";
import { localHost, OtherVersionError } from "bailiwick";
import { until } from "bailiwick/testing";
import { agentPath, RawAgent } from "./support/raw_agent.ts";
import { StandingCli } from "./support/standing.ts";
import { keep, StandingSystem } from "./support/standing_system.ts";
import { FRAME, WIRE } from "../lib/wire/mod.ts";

/** An agent of another build, which stands when the program comes. */
async function standFirst(cli: StandingCli): Promise<RawAgent> {
  const environment = { XDG_STATE_HOME: cli.state, BAILIWICK_TEST: cli.mark };
  const agent = new RawAgent(agentPath("sanitize"), ["standing", "sleepers"], environment);
  await agent.next(FRAME.HELLO);
  return agent;
}

Deno.test("an agent of another version of the protocol goes on as the program's own when that comes", async () => {
  await using system = await StandingSystem.make("other_version");
  const agent = system.send();
  const { body } = await agent.next(FRAME.HELLO);
  const other = new DataView(body.buffer, body.byteOffset).getUint16(4, true);
  assert.notEqual(other, WIRE.VERSION);
  const place = { environment: { XDG_STATE_HOME: system.state } };
  const look = localHost({ ...place, standing: { system: system.name, mode: "look" } });
  await assert.rejects(look, OtherVersionError);
  const vacant = { system: system.name, mode: "if-vacant" } as const;
  await assert.rejects(localHost({ ...place, standing: vacant }), OtherVersionError);
  await using host = await localHost({ ...place, standing: system.name });
  assert.equal(host.info.pid, new DataView(body.buffer, body.byteOffset).getUint32(48 + 8, true));
  await host.down();
  assert.match((await agent.end()).stderr, /^$/);
});

Deno.test("an agent that is to go on as an older one does that, too", async () => {
  await using system = await StandingSystem.make();
  const first = await system.next();
  const pid = await first.spawn("x86_64", 2, ["/bin/sleep", "1000"]);
  assert.equal(await keep(first, 2), 0);
  const older = system.send(agentPath("other_version"));
  await older.next(FRAME.HELLO);
  await older.end();
  const { roll } = await system.upgrade(agentPath("x86_64"));
  assert.deepEqual(roll.map((each) => each.pid), [pid]);
});

Deno.test("hosts upgrade has agents go on as the program's own, and its services go on untouched", async () => {
  await using cli = await StandingCli.make();
  const agent = await standFirst(cli);
  const up = await cli.up();
  await agent.end();
  const before = await cli.ps();
  const { code, stdout, stderr } = await cli.run("hosts", "upgrade", "--json");
  assert.equal(code, 0, stderr);
  const { host, before: old, after } = JSON.parse(stdout);
  assert.equal(host, "local");
  assert.notEqual(old, after);
  assert.deepEqual(await cli.ps(), before);
  const again = await cli.run("hosts", "upgrade");
  assert.match(again.stdout, /^HOST +AGENT\nlocal +[0-9a-f]{8}, as before\n$/);

  // The program is in charge again by itself: what ends is started.
  Deno.kill(before[0]!.pid, "SIGKILL");
  await until("it is started again", async () => {
    const [first] = await cli.ps();
    return first!.pid !== before[0]!.pid && first!.state === "running";
  });
  assert.deepEqual((await cli.ps())[1], before[1]);
  assert.equal((await up.kill("SIGINT")).code, 0);
});
