/** An agent that stands: programs come and go, and what they kept goes on. */
import assert from "node:assert/strict";
import { encodeNote, encodeWords, FRAME } from "../lib/wire/mod.ts";
import { instanceOf, type RawAgent } from "./support/raw_agent.ts";
import { keep, StandingSystem } from "./support/standing_system.ts";
import { EALREADY, EBUSY, EPERM, ESRCH, ESTALE } from "./support/errno.ts";
import { expectGone } from "./support/gone.ts";

const SLEEP = ["/bin/sleep", "1000"];

/** Writes to its output, which is a stream, as fast as it is read. */
const FLOOD = ["/bin/sh", "-c", "while :; do echo 0123456789012345678901234567890123456789; done"];

/** A mark that a test's processes carry in their environment. */
function marked(): { mark: string; environment: string[] } {
  const mark = crypto.randomUUID();
  return { mark, environment: [`MARK=${mark}`] };
}

async function isThere(pid: number): Promise<boolean> {
  return await Deno.stat(`/proc/${pid}`).then(() => true, () => false);
}

async function failure(agent: RawAgent): Promise<string | undefined> {
  return (await agent.end()).failed;
}

for (const build of ["x86_64", "sanitize"] as const) {
  Deno.test(`${build} agent keeps what its program kept, and nothing else, for the next`, async () => {
    await using system = await StandingSystem.make(build);
    const first = await system.attach({ generation: 1n });
    const { agent } = first;
    assert.deepEqual(first.roll, []);
    const { mark, environment } = marked();
    const kept = await agent.spawn("x86_64", 2, SLEEP);
    await agent.send(encodeNote(2, new TextEncoder().encode("web")));
    await agent.spawn("x86_64", 3, ["/bin/sh", "-c", "sleep 1000 & sleep 1000"], { environment });
    await agent.clone(1, 4);
    assert.equal(await keep(agent, 2), 0);
    await agent.end();

    const { agent: second, roll } = await system.attach({ generation: 2n });
    assert.deepEqual(
      roll.map((
        { thread, state, pid, instance, note },
      ) => [thread, state, pid, instance, new TextDecoder().decode(note)]),
      [[2, "kept", kept, instanceOf(2), "web"]],
    );
    await expectGone(mark, 0);
    assert.equal(second.hello.host.pid, agent.hello.host.pid);
    assert.ok(await second.clone(1, 3) > 0, "the number of what is gone is free");
    assert.equal(await second.clone(1, 2), -17, "the number of what stands is in use");
    assert.ok(await isThere(kept));
    await system.down();
    assert.ok(!await isThere(kept));
  });
}

Deno.test("agent answers KEEP of what is no service, and a second one", async () => {
  await using system = await StandingSystem.make("sanitize");
  const { agent } = await system.attach({ generation: 1n });
  await agent.clone(1, 3);
  assert.equal(await keep(agent, 2), -ESRCH);
  assert.equal(await keep(agent, 3), -ESRCH, "a thread");
  await agent.spawn("x86_64", 2, SLEEP);
  assert.equal(await keep(agent, 2), 0);
  assert.equal(await keep(agent, 2), -EALREADY);
});

Deno.test("agent has one program in charge: a later one, or one that finds it vacant", async () => {
  await using system = await StandingSystem.make("sanitize");
  const first = await system.attach({ generation: 5n, program: 1 });
  const vacant = await system.come({ generation: 6n, program: 2, mode: "if-vacant" });
  assert.equal(vacant.result, -EBUSY);
  const older = await system.come({ generation: 4n, program: 2 });
  assert.equal(older.result, -ESTALE);
  const equal = await system.come({ generation: 5n, program: 2 });
  assert.equal(equal.result, -ESTALE);
  assert.ok(await first.agent.clone(1, 2) > 0, "nothing has changed for the first");

  const later = await system.attach({ generation: 6n, program: 2 });
  assert.equal(later.agent.hello.generation, 5n);
  assert.equal(await failure(first.agent), "superseded by a program of generation 6");
  await later.agent.spawn("x86_64", 2, SLEEP);
  await keep(later.agent, 2);
  await later.agent.end();
  const stale = await system.come({ generation: 6n, program: 3, mode: "if-vacant" });
  assert.equal(stale.result, -ESTALE);
  await system.attach({ generation: 7n, program: 3, mode: "if-vacant" });
});

Deno.test("agent takes the same program again, whose old stream may be there still", async () => {
  await using system = await StandingSystem.make("sanitize");
  const first = await system.attach({ generation: 5n, program: 1 });
  const kept = await first.agent.spawn("x86_64", 2, SLEEP);
  await keep(first.agent, 2);
  const again = await system.attach({ generation: 5n, program: 1, mode: "if-vacant" });
  assert.deepEqual(again.roll.map(({ pid }) => pid), [kept]);
  assert.equal(await failure(first.agent), "superseded by a program of generation 5");
});

Deno.test("agent is looked at beside its program, by many", async () => {
  await using system = await StandingSystem.make("sanitize");
  const { agent } = await system.attach({ generation: 1n });
  const kept = await agent.spawn("x86_64", 2, SLEEP);
  await keep(agent, 2);
  for (let visit = 0; visit < 70; visit++) {
    const look = await system.come({ generation: 0n, mode: "look" });
    assert.equal(look.result, 0);
    const standing = await look.agent.look();
    assert.deepEqual(standing.map(({ thread, state, pid }) => [thread, state, pid]).slice(1), [
      [2, "kept", kept],
    ]);
    assert.equal(await look.agent.signal(2, 9), -EPERM);
  }
  assert.ok(await agent.clone(1, 3) > 0, "the program is in charge still");
  const { agent: looks } = await system.come({ generation: 0n, mode: "look" });
  await looks.send(encodeWords(FRAME.DOWN, 0, 0, []));
  assert.equal(await failure(looks), "frame of a program that may only look");
  assert.ok(await isThere(kept));
});

Deno.test("agent tells an end that nobody saw to the next program, until it is acknowledged", async () => {
  await using system = await StandingSystem.make("sanitize");
  const first = await system.attach({ generation: 1n });
  const pid = await first.agent.spawn("x86_64", 2, SLEEP);
  await first.agent.spawn("x86_64", 3, SLEEP);
  await keep(first.agent, 2);
  await keep(first.agent, 3);
  await first.agent.end();
  Deno.kill(pid, "SIGTERM");

  let event: number | undefined;
  for (const generation of [2n, 3n]) {
    const { agent, roll } = await system.attach({ generation });
    const ended = await agent.ended(2);
    assert.deepEqual([ended.kind, ended.status, ended.instance], ["killed", 15, instanceOf(2)]);
    event ??= ended.event;
    assert.equal(ended.event, event);
    if (generation === 3n) assert.deepEqual(roll.map(({ state }) => state), ["ended", "kept"]);
    if (generation === 3n) await agent.send(encodeWords(FRAME.ACK, 0, event, []));
    assert.equal((await agent.look()).length, generation === 3n ? 2 : 3);
    await agent.end();
  }
  const { roll, agent } = await system.attach({ generation: 4n });
  assert.deepEqual(roll.map(({ thread }) => thread), [3]);
  await agent.look();
  assert.ok(!agent.received.some(({ type }) => type === FRAME.ENDED));
});

Deno.test("agent that is told to go down leaves nothing", async () => {
  await using system = await StandingSystem.make("sanitize");
  const { agent } = await system.attach({ generation: 1n });
  const { mark, environment } = marked();
  await agent.spawn("x86_64", 2, SLEEP, { environment });
  await keep(agent, 2);
  await agent.send(encodeWords(FRAME.DOWN, 0, 0, []));
  assert.deepEqual(await agent.end(), { code: 0, stderr: "", failed: undefined });
  await expectGone(mark, 0);
  assert.deepEqual(Array.from(Deno.readDirSync(system.directory)), []);
  const { agent: next } = await system.attach({ generation: 1n });
  assert.notEqual(next.hello.host.pid, agent.hello.host.pid);
});

Deno.test("agent that was killed is followed by another, when nothing of it is left", async () => {
  await using system = await StandingSystem.make("sanitize");
  const { agent } = await system.attach({ generation: 1n });
  const { mark, environment } = marked();
  await agent.spawn("x86_64", 2, SLEEP, { environment });
  await keep(agent, 2);
  Deno.kill(agent.hello.host.pid, "SIGKILL");
  await agent.end();
  const { roll } = await system.attach({ generation: 1n });
  assert.deepEqual(roll, []);
  await expectGone(mark, 0);
});

Deno.test("agent is taken over at once from a program that takes nothing", async () => {
  await using system = await StandingSystem.make();
  const { agent: old } = await system.attach({ generation: 1n });
  const kept = await old.spawn("x86_64", 2, FLOOD, { stream: 1, credit: 1 << 30 });
  await old.spawn("x86_64", 3, FLOOD, { stream: 2, credit: 1 << 30 });
  await keep(old, 2, [{ stream: 1, room: 0 }]);
  await old.next(FRAME.DATA);
  old.pause();
  const { roll, took } = await system.attach({ generation: 2n });
  assert.deepEqual(roll.map(({ pid, state }) => [pid, state]), [[kept, "kept"]]);
  assert.ok(took < 1000, `it took ${took} ms`);
  old.resume();
  await old.end();
});
