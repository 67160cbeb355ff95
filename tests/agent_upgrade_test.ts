/** A standing agent that goes on as another image of itself, in place, with all that it keeps. */
import assert from "node:assert/strict";
import { encodeNote } from "../lib/wire/mod.ts";
import { agentRounds } from "./support/agent_rounds.ts";
import { holdSocket, take } from "./support/held_descriptors.ts";
import { agentPath, type RawAgent } from "./support/raw_agent.ts";
import { keep, StandingSystem, takeOutput } from "./support/standing_system.ts";
import { NumberReader, WritingService } from "./support/writing_service.ts";

const SLEEP = ["/bin/sleep", "1000"];
const SERVICES = 20;
const SOCKETS = 10;
const LOG = 30;
const WRITER = 100;

/** What of its status a process has from who started it. */
async function inherited(pid: number): Promise<string[]> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const limits = await Deno.readTextFile(`/proc/${pid}/limits`);
  const environment = await Deno.readTextFile(`/proc/${pid}/environ`);
  const lines = status.split("\n").filter((line) => /^(Sig(Blk|Ign|Cgt)|PPid|Umask)/.test(line));
  return [...lines, limits, environment.replace(/BAILIWICK_INSTANCE=\w+/, "")];
}

async function start(agent: RawAgent, number: number): Promise<number> {
  const pid = await agent.spawn("x86_64", number, SLEEP);
  await agent.send(encodeNote(number, new TextEncoder().encode(`service ${number}`)));
  assert.equal(await keep(agent, number), 0);
  return pid;
}

for (const [from, to] of [["x86_64", "sanitize"], ["sanitize", "x86_64"]] as const) {
  Deno.test(`agent (${from}) goes on as another image (${to}) with all that it keeps`, async () => {
    await using service = await WritingService.make();
    await using system = await StandingSystem.make(from);
    const before = await system.next();
    await before.spawn("x86_64", WRITER, service.argv, { stream: LOG, credit: 1 << 30 });
    assert.equal(await keep(before, WRITER, [{ stream: LOG, room: 0 }]), 0);
    const first = new NumberReader(before, LOG, 0);
    const pids = [];
    for (let i = 0; i < SERVICES; i++) pids.push(await start(before, 2 + i));
    const inodes = [];
    for (let i = 0; i < SOCKETS; i++) {
      inodes.push((await holdSocket(before, `socket ${i}`, new Uint8Array(i))).inode);
    }
    const stood = await before.look();
    await service.write(1000);
    await first.read(service.written);
    const at = service.written;

    const { agent, roll } = await system.upgrade(agentPath(to));
    assert.match(
      (await before.end()).failed!,
      /^the agent goes on as another image; connect again/,
    );
    assert.deepEqual(roll, stood.filter(({ thread }) => thread !== 1));
    assert.equal(agent.hello.host.pid, before.hello.host.pid);
    assert.notEqual(agent.hello.build, before.hello.build);
    assert.equal(agent.hello.host.temporary, before.hello.host.temporary);
    for (let i = 0; i < SOCKETS; i++) {
      assert.equal((await take(agent, `socket ${i}`)).inode, inodes[i]);
    }
    const late = await start(agent, 2 + SERVICES);
    assert.deepEqual(await inherited(late), await inherited(pids[0]!));
    await service.write(1000);
    assert.equal(await takeOutput(agent, WRITER, { stream: LOG }), at);
    await new NumberReader(agent, LOG, at, 0).read(service.written);
    Deno.kill(pids[3]!, "SIGTERM");
    assert.deepEqual(await agent.exit(5), ["killed", 15]);
    await service.finish();
    assert.deepEqual(await agent.exit(WRITER), ["exited", 0]);
  });
}

Deno.test("agent tells ends that were not acknowledged as another image, under their numbers", async () => {
  await using system = await StandingSystem.make();
  const before = await system.next();
  const pids = [await start(before, 2), await start(before, 3)];
  Deno.kill(pids[0]!, "SIGTERM");
  const { event } = await before.ended(2);
  const { agent, roll } = await system.upgrade(agentPath("sanitize"));
  assert.deepEqual(roll.map(({ thread, state }) => [thread, state]), [[2, "ended"], [3, "kept"]]);
  assert.deepEqual((await agent.ended(2)).event, event);
  Deno.kill(pids[1]!, "SIGKILL");
  assert.equal((await agent.ended(3)).event, event + 1);
});

Deno.test("agent goes on as another image many times, also while a service writes", () =>
  agentRounds(10, { services: 20, sockets: 5 }));

const BAD: readonly [what: string, script: string, says: RegExp][] = [
  ["says that it cannot", "echo it is too old >&2; exit 1", /it is too old/],
  ["fails without a word", "exit 1", /the image cannot go on from its state/],
  ["ends well without a word", "exit 0", /the image cannot go on from its state/],
  ["says something else", "echo all is well >&2", /the image cannot go on from its state/],
  ["is killed", "kill -9 $$", /the image cannot go on from its state/],
  ["does not answer", "exec sleep 100", /the image does not answer/],
];

for (const [what, script, says] of BAD) {
  Deno.test(`agent goes on as it is when the image ${what}`, async () => {
    await using system = await StandingSystem.make();
    await Deno.writeTextFile(`${system.state}/check`, script); // which a shell as image executes
    const before = await system.next();
    const pid = await start(before, 2);
    const { inode } = await holdSocket(before, "socket");
    const passing = await before.spawn("x86_64", 3, SLEEP);
    const stderr = await system.send("/bin/sh").finished();
    assert.match(stderr, says);
    assert.deepEqual((await before.look()).slice(1, 3).map(({ pid }) => pid), [pid, passing]);
    const agent = await system.next();
    assert.deepEqual((await agent.look()).slice(1).map(({ pid }) => pid), [pid, 0]);
    assert.equal((await take(agent, "socket")).inode, inode);
    await start(agent, 3);
    await system.upgrade(agentPath("sanitize"));
  });
}

Deno.test("agent goes on as it is when the image is cut, or of another machine", async () => {
  await using system = await StandingSystem.make();
  const pid = await start(await system.next(), 2);
  const whole = await Deno.readFile(agentPath("x86_64"));
  const image = `${system.state}/image`;
  const refused = async (bytes: Uint8Array, what: string) => {
    await Deno.writeFile(image, bytes, { mode: 0o700 });
    const stderr = await system.send(image).finished();
    assert.match(stderr, /^bailiwick-agent: .*(image|state)/, what);
    await Deno.remove(image);
  };
  const end = endOfParts(whole);
  for (let length = 0; length < end; length += 4096) {
    await refused(whole.slice(0, length), `${length} bytes`);
  }
  await refused(whole.slice(0, end - 1), "a byte less than is loaded");
  const other = whole.slice();
  other[18] = 22; // EM_S390
  await refused(other, "another machine's");
  const agent = await system.next();
  assert.deepEqual((await agent.look()).slice(1).map(({ pid }) => pid), [pid]);
});

/** Where in an executable that ends which is loaded: what follows, nothing needs. */
function endOfParts(elf: Uint8Array): number {
  const view = new DataView(elf.buffer);
  const [at, size, count] = [Number(view.getBigUint64(32, true)), 56, view.getUint16(56, true)];
  const parts = Array.from({ length: count }, (_, index) => at + index * size)
    .filter((part) => view.getUint32(part, true) === 1);
  const ends = parts.map((part) =>
    Number(view.getBigUint64(part + 8, true) + view.getBigUint64(part + 32, true))
  );
  return Math.max(...ends);
}

Deno.test("agent tells all who have a stream that it goes on as another image", async () => {
  await using system = await StandingSystem.make();
  await start(await system.next(), 2);
  const { agent: looks } = await system.come({ generation: 0n, mode: "look" });
  await system.upgrade(agentPath("sanitize"));
  assert.match((await looks.end()).failed!, /^the agent goes on as another image/);
});

Deno.test("agent whose image was sent by one that has gone goes on all the same", async () => {
  await using system = await StandingSystem.make();
  await Deno.writeTextFile(`${system.state}/check`, "sleep 0.2; exit 1");
  const pid = await start(await system.next(), 2);
  for (const visits of [0, 1]) {
    const gone = system.send("/bin/sh");
    gone.process.kill("SIGKILL");
    await gone.finished();
    for (let i = 0; i < visits; i++) await (await system.visit()).end();
  }
  const { roll } = await system.upgrade(agentPath("sanitize"));
  assert.deepEqual(roll.map((each) => each.pid), [pid]);
});
