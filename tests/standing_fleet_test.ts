/** Standing systems of many services, and of several hosts, whose program is killed at any moment. */
import { testHostsAvailable } from "bailiwick/testing";
import { fleetRounds } from "./support/fleet.ts";

Deno.test({
  name:
    "over three hosts behind ssh, or with a hundred services, the next program has each service exactly once, in 2 s",
  ignore: !testHostsAvailable().ok,
  fn: () => fleetRounds(5, 1),
});
