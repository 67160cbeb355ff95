/** The state of a standing agent, as the image that follows it reads it: whatever it is, that does no harm. */
import assert from "node:assert/strict";
import { check, recordsOf, someState, stateRounds, stateWith } from "./support/agent_state.ts";
import { StandingSystem } from "./support/standing_system.ts";

const ROUNDS = 100;
const [HELD, NOTE, NEWER] = [14, 10, 999];

Deno.test("a state is read by an image that knows more, or less, than the one that wrote it", async () => {
  await using system = await StandingSystem.make();
  const state = await someState(system);
  const records = recordsOf(state);
  assert.equal(await check(system.state, stateWith(state, records)), "");
  const more = records.map(({ tag, bytes }) => {
    const isText = [NOTE, 4, 3, 15].includes(tag);
    return { tag, bytes: isText ? bytes : new Uint8Array([...bytes, 1, 2, 3, 4, 5, 6, 7, 8]) };
  });
  more.splice(3, 0, { tag: NEWER, bytes: new Uint8Array(21) });
  assert.equal(await check(system.state, stateWith(state, more)), "");
});

Deno.test("a state that is not whole is refused, and it is said why", async () => {
  await using system = await StandingSystem.make();
  const state = await someState(system);
  const records = recordsOf(state);
  const said = (bytes: Uint8Array) => check(system.state, bytes);
  assert.match(await said(new Uint8Array()), /its state is of no size that one can have/);
  assert.match(await said(state.slice(0, state.length - 8)), /its state is damaged/);
  assert.match(await said(state), /a descriptor is not the file any more that it was/);
  const newer = stateWith(state, records);
  newer[4] = 2;
  assert.match(await said(newer), /its state is of a format that this agent does not know/);
  const without = (tag: number) => stateWith(state, records.filter((each) => each.tag !== tag));
  assert.match(await said(without(2)), /its state is not whole/);
  assert.match(await said(without(HELD)), /its state has what this agent cannot go on from/);
  const twice = stateWith(state, [...records, ...records]);
  assert.match(await said(twice), /its state has what this agent cannot go on from/);
});

Deno.test("a state in which anything was changed does no harm to who reads it", () =>
  stateRounds(ROUNDS));
