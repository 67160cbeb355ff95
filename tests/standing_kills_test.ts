/** A standing system whose program is killed at any moment, and is started again. */
import { dice } from "./support/dice.ts";
import { StandingRounds } from "./support/standing_rounds.ts";

Deno.test("whenever a program is killed, the next one has each service exactly once", async () => {
  await using rounds = await StandingRounds.begin();
  const roll = dice(20261201);
  for (let round = 0; round < 12; round++) await rounds.round(roll);
});
