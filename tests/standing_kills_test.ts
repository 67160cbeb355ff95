/** A standing system whose program is killed at any moment, and is started again. */
import { standingRounds } from "./support/standing_rounds.ts";

Deno.test("whenever a program is killed, the next one has each service exactly once", async () => {
  await standingRounds(24, 20261201);
});
