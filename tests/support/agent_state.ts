/** The state that an agent passes to the image which follows it: read, changed, and given to one that checks it. */
import assert from "node:assert/strict";
import { encodeNote } from "../../lib/wire/mod.ts";
import { dice } from "./dice.ts";
import { holdSocket } from "./held_descriptors.ts";
import { agentPath } from "./raw_agent.ts";
import { keep, StandingSystem } from "./standing_system.ts";

const HEAD = 32;
const SUM_AT = 24;
const FD = 1;

/** A record of a state. */
export interface StateRecord {
  readonly tag: number;
  readonly bytes: Uint8Array;
}

/** That of the agent which stands; it goes on as before. */
export async function stateOf(system: StandingSystem): Promise<Uint8Array> {
  const file = `${system.state}/state`;
  await Deno.writeTextFile(`${system.state}/check`, `cat /proc/self/fd/$1 >${file}; exit 1`);
  await system.send("/bin/sh").finished();
  return await Deno.readFile(file);
}

/** Its records but for those of descriptors, which another process does not have. */
export function recordsOf(state: Uint8Array): StateRecord[] {
  const view = new DataView(state.buffer);
  const records: StateRecord[] = [];
  for (let at = HEAD; at < state.length;) {
    const [tag, length] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    if (tag !== FD) records.push({ tag, bytes: state.slice(at + 8, at + 8 + length) });
    at += 8 + (length + 7 & ~7);
  }
  return records;
}

/** A state of these records. */
export function stateWith(state: Uint8Array, records: readonly StateRecord[]): Uint8Array {
  const parts = records.map(({ tag, bytes }) => {
    const record = new Uint8Array(8 + (bytes.length + 7 & ~7));
    const view = new DataView(record.buffer);
    view.setUint32(0, tag, true);
    view.setUint32(4, bytes.length, true);
    record.set(bytes, 8);
    return record;
  });
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const made = new Uint8Array(HEAD + length);
  made.set(state.subarray(0, 8));
  let at = HEAD;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  const view = new DataView(made.buffer);
  view.setBigUint64(8, BigInt(length), true);
  view.setBigUint64(16, BigInt(records.length), true);
  return summed(made);
}

/** With the sum that its records have now. */
export function summed(state: Uint8Array): Uint8Array {
  let sum = 0xcbf29ce484222325n;
  for (const byte of state.subarray(HEAD)) {
    sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n);
  }
  new DataView(state.buffer).setBigUint64(SUM_AT, sum, true);
  return state;
}

/** What the image says of a state: nothing if it can go on from it. It must say that in order. */
export async function check(directory: string, state: Uint8Array): Promise<string> {
  const file = `${directory}/checked`;
  await Deno.writeFile(file, state);
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", `exec 9<"$1"; exec "$0" check 9 demo`, agentPath("sanitize"), file],
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stderr);
  if (code !== 0) {
    assert.match(said, /^bailiwick-agent: [^\n]*\n$/);
    return said;
  }
  assert.deepEqual(stderr, state.subarray(SUM_AT, SUM_AT + 8), "it says the sum of what it read");
  return "";
}

/** The state of an agent that keeps something of each kind. */
export async function someState(system: StandingSystem): Promise<Uint8Array> {
  const agent = await system.next();
  for (const number of [2, 3]) {
    await agent.spawn("x86_64", number, ["/bin/sleep", "1000"], { stream: 20 + number });
    await agent.send(encodeNote(number, new TextEncoder().encode(`service ${number}`)));
    assert.equal(await keep(agent, number, [{ stream: 20 + number, room: 0 }]), 0);
  }
  await holdSocket(agent, "socket", Uint8Array.of(1, 2, 3));
  await agent.signal(3, 9);
  await agent.ended(3);
  return await stateOf(system);
}

/** Has an image read a state in which bits were changed, often with the right sum. */
export async function stateRounds(rounds: number, seed = 20261201): Promise<void> {
  await using system = await StandingSystem.make();
  const state = await someState(system);
  const sound = stateWith(state, recordsOf(state));
  const roll = dice(seed);
  for (let round = 0; round < rounds; round++) {
    const changed = sound.slice();
    for (let change = 0; change <= roll(3); change++) {
      changed[roll(changed.length)]! ^= 1 << roll(8);
    }
    await check(system.state, roll(4) === 0 ? changed : summed(changed));
  }
}
