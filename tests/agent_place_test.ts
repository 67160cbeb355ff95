/** Where an agent stands: what it does about directories that are full, read-only, removed, or not its own. */
import assert from "node:assert/strict";
import { until } from "bailiwick/testing";
import { Mounts } from "./support/mounts.ts";
import type { RawAgent } from "./support/raw_agent.ts";
import { attach, greeted, keep, StandingSystem, takeOutput } from "./support/standing_system.ts";
import { NumberReader, WritingService } from "./support/writing_service.ts";

const ROOM = 1 << 20;
const SLEEP = ["/bin/sleep", "1000"];
const NOBODY = 65534;

/** What an agent says that refuses to stand. */
async function refusal(agent: RawAgent): Promise<string> {
  const { code, stderr } = await agent.end();
  assert.equal(code, 1);
  return stderr;
}

function names(directory: string): string[] {
  try {
    return Array.from(Deno.readDirSync(directory), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

Deno.test("agent does not stand in a directory that is a link, and says which", async () => {
  await using system = await StandingSystem.make("sanitize");
  const elsewhere = await Deno.makeTempDir();
  const link = `${system.state}/bailiwick/standing`;
  try {
    await Deno.mkdir(`${system.state}/bailiwick`);
    await Deno.symlink(elsewhere, link);
    const said = `bailiwick-agent: it would stand in a file or a link: ${link}\n`;
    assert.equal(await refusal(system.send()), said);
    assert.deepEqual(names(elsewhere), []);
  } finally {
    await Deno.remove(elsewhere);
  }
});

Deno.test("agent does not stand in a directory of somebody else, and says which", async () => {
  await using system = await StandingSystem.make("sanitize");
  const place = `${system.state}/bailiwick`;
  await Deno.mkdir(place, { mode: 0o755 });
  await Deno.chown(place, NOBODY, NOBODY);
  const said = `bailiwick-agent: it would stand in a directory of somebody else: ${place}\n`;
  assert.equal(await refusal(system.send()), said);
  assert.deepEqual(names(place), []);
});

Deno.test("agent whose home is read-only, or full, stands in /var/tmp, and is found there", async () => {
  for (const mount of ["ro", "remount,nr_inodes=1"]) {
    const options = mount === "ro" ? "remount,ro" : mount;
    await using mounts = await Mounts.make(`mount -o ${options} /home`);
    const agents = [await greeted(mounts.send()), await greeted(mounts.send())];
    assert.deepEqual(names(mounts.path("/home")), []);
    const place = mounts.place("/var/tmp").replace("/bailiwick/", "/bailiwick-0/");
    assert.deepEqual(names(mounts.path(place)), ["agent"]);
    assert.equal(agents[0]!.hello.host.pid, agents[1]!.hello.host.pid);
  }
});

Deno.test("agent that stands is found when its home has become read-only", async () => {
  await using mounts = await Mounts.make("");
  const first = await greeted(mounts.send());
  const remount = [
    "-t",
    mounts.path("").split("/")[2]!,
    "-m",
    "mount",
    "-o",
    "remount,ro",
    "/home",
  ];
  const { success } = await new Deno.Command("nsenter", { args: remount }).output();
  assert.ok(success);
  const second = await greeted(mounts.send());
  assert.equal(second.hello.host.pid, first.hello.host.pid);
});

Deno.test("agent that has no space for its own directory says so, and for which", async () => {
  const state = "/home/.local/state";
  await using mounts = await Mounts.make(
    `mkdir -p ${state}/bailiwick; mount -o remount,nr_inodes=4 /home`,
  );
  const said = `bailiwick-agent: no space for its directory: ${state}/bailiwick/standing\n`;
  assert.equal(await refusal(mounts.send()), said);
});

Deno.test("agent leaves alone what another user has put in its place in /var/tmp", async () => {
  const place = `/var/tmp/bailiwick-${NOBODY}`;
  await using mounts = await Mounts.make(`chmod 700 /home; mkdir -m 777 ${place}`);
  const said = `bailiwick-agent: it would stand in a directory of somebody else: ${place}\n`;
  assert.equal(await refusal(mounts.send(NOBODY)), said);
  assert.deepEqual(names(mounts.path(place)), []);
});

Deno.test("agent stands where a socket is left that nobody listens at", async () => {
  await using system = await StandingSystem.make("sanitize");
  const { agent } = await system.attach({ generation: 1n });
  await Deno.rename(`${system.directory}/agent`, `${system.directory}/stale`);
  Deno.kill(agent.hello.host.pid, "SIGKILL");
  await agent.end();
  await Deno.rename(`${system.directory}/stale`, `${system.directory}/agent`);
  const { agent: next } = await system.attach({ generation: 1n });
  assert.notEqual(next.hello.host.pid, agent.hello.host.pid);
});

Deno.test("agent whose directory or socket is removed or moved is found again at once", async () => {
  await using system = await StandingSystem.make("sanitize");
  const { agent } = await system.attach({ generation: 1n });
  const pid = await agent.spawn("x86_64", 2, SLEEP);
  await keep(agent, 2);
  await agent.end();
  const changes = [
    () => Deno.remove(`${system.directory}/agent`),
    async () => {
      await Deno.rename(`${system.state}/bailiwick`, `${system.state}/old`);
      await Deno.remove(`${system.state}/old`, { recursive: true });
    },
    () => Deno.rename(system.directory, `${system.state}/away`),
    () => Deno.rename(`${system.directory}/agent`, `${system.state}/agent`),
  ];
  for (const [index, change] of changes.entries()) {
    await change();
    await until("it is there again", () => names(system.directory).includes("agent"));
    const { agent: next, roll } = await system.attach({ generation: BigInt(index + 2) });
    assert.equal(next.hello.host.pid, agent.hello.host.pid, `${change}`);
    assert.deepEqual(roll.map(({ pid, state }) => [pid, state]), [[pid, "kept"]]);
    await next.end();
  }
});

Deno.test("agent whose disk is full keeps outputs in memory", async () => {
  await using service = await WritingService.make();
  await using mounts = await Mounts.make("mount -o remount,size=256k /home");
  const { agent } = await attach(await greeted(mounts.send()), { generation: 1n });
  await agent.spawn("x86_64", 2, service.argv, { stream: 20, credit: 0 });
  assert.equal(await keep(agent, 2, [{ stream: 20, room: 0 }]), 0);
  await agent.end();
  await service.write(10_000);
  await service.write(200_000);
  const { agent: next } = await attach(await greeted(mounts.send()), { generation: 2n });
  assert.equal(await takeOutput(next, 2, { stream: 21 }), 0);
  const log = await new NumberReader(next, 21, 0).read(service.written);
  assert.deepEqual([log.data, log.dropped], [ROOM, service.written - ROOM]);
  await service.finish();
});
