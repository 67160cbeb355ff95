/** Standing systems whose program is killed at any moment, and is started again. */
import { testHostsAvailable } from "bailiwick/testing";
import { fleetRounds } from "./support/fleet.ts";
import { standingRounds } from "./support/standing_rounds.ts";

Deno.test("whenever a program is killed, the next one has each service exactly once", async () => {
  await standingRounds(12, 20261201);
});

Deno.test({
  name:
    "the same holds over three hosts behind ssh and with a hundred services, all adopted in 2 s",
  ignore: !testHostsAvailable().ok,
  fn: () => fleetRounds(5, 1),
});
