/** A standing agent that goes on as another image, again and again, with many services and sockets, while one writes. */
import assert from "node:assert/strict";
import { holdSocket, take } from "./held_descriptors.ts";
import { agentPath, type RawAgent } from "./raw_agent.ts";
import { keep, StandingSystem, takeOutput } from "./standing_system.ts";
import { NumberReader, WritingService } from "./writing_service.ts";

const SLEEP = ["/bin/sleep", "100000"];
const [WRITER, LOG, FIRST] = [1000, 30, 2];
const LINES = 20_000;

/** How much there is. */
export interface Many {
  readonly services: number;
  readonly sockets: number;
}

/** In each round nothing is touched but the one service that is killed, whose end is seen. */
export async function agentRounds(rounds: number, { services, sockets }: Many): Promise<void> {
  await using service = await WritingService.make();
  await using system = await StandingSystem.make();
  let agent: RawAgent = await system.next();
  await agent.spawn("x86_64", WRITER, service.argv, { stream: LOG, credit: 1 << 30 });
  assert.equal(await keep(agent, WRITER, [{ stream: LOG, room: 0 }]), 0);
  for (let i = 0; i < services; i++) await start(agent, FIRST + i);
  const inodes: bigint[] = [];
  for (let i = 0; i < sockets; i++) inodes.push((await holdSocket(agent, `socket ${i}`)).inode);
  let log = new NumberReader(agent, LOG, 0);
  for (let round = 0; round < rounds; round++) {
    const writing = service.write(LINES);
    await log.read(service.written);
    const before = (await agent.look()).filter(({ thread }) => thread !== 1);
    const attached = await system.upgrade(agentPath(round % 2 ? "x86_64" : "sanitize"));
    agent = attached.agent;
    assert.deepEqual(attached.roll, before);
    await writing;
    const since = agent.received.length;
    const begins = await takeOutput(agent, WRITER, { stream: LOG });
    log = new NumberReader(agent, LOG, begins, since);
    await log.read(service.written);
    assert.equal(log.dropped, 0);
    const socket = round % sockets;
    assert.equal((await take(agent, `socket ${socket}`)).inode, inodes[socket]);
    const number = FIRST + round % services;
    Deno.kill(before.find(({ thread }) => thread === number)!.pid, "SIGTERM");
    assert.deepEqual(await agent.exit(number), ["killed", 15]);
    await start(agent, number);
  }
}

async function start(agent: RawAgent, number: number): Promise<void> {
  await agent.spawn("x86_64", number, SLEEP);
  assert.equal(await keep(agent, number), 0);
}
