/** Outputs of a service of a standing host that no program takes. */
import assert from "node:assert/strict";
import { dice } from "./dice.ts";
import { keep, StandingSystem, takeOutput } from "./standing_system.ts";
import { LINE, NumberReader, WritingService } from "./writing_service.ts";

const ROOM = 1 << 20;
const SERVICE = 2;
const LOG = 20;

/**
 * Has a service write so much without a program, and in pieces between programs that read all, or nothing. What is kept
 * is the last MiB, and what was dropped all the rest.
 */
async function unreadRound(bytes: number, seed: number): Promise<void> {
  await using service = await WritingService.make();
  await using host = await StandingSystem.make();
  const roll = dice(seed);
  let agent = await host.next();
  await agent.spawn("x86_64", SERVICE, service.argv, { stream: LOG, credit: 0 });
  assert.equal(await keep(agent, SERVICE, [{ stream: LOG, room: 0 }]), 0);
  let begins = 0;
  for (const share of [0.9, 0.05, 0.05]) {
    await agent.end();
    await service.write(Math.ceil(bytes * share / LINE) + roll(1000));
    agent = await host.next();
    if (share < 0.9 && roll(2) === 0) continue;
    assert.equal(await takeOutput(agent, SERVICE, { stream: LOG }), begins);
    const log = await new NumberReader(agent, LOG, begins).read(service.written);
    const written = service.written - begins;
    assert.deepEqual([log.data, log.dropped], [
      Math.min(ROOM, written),
      Math.max(0, written - ROOM),
    ]);
    begins = service.written;
  }
}

/** Rounds in each of which a service writes so many bytes. @param first The number of the first round. */
export async function unreadRounds(rounds: number, first: number, bytes: number): Promise<void> {
  for (let round = first; round < first + rounds; round++) await unreadRound(bytes, round);
}
