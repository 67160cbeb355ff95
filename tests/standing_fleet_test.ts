/** Standing systems of many services, and of several hosts, whose program is killed at any moment. */
import { testHostsAvailable } from "bailiwick/testing";
import { fleetRounds } from "./support/fleet.ts";

/** Milliseconds in which all that stands is adopted while other tests run. */
const BESIDE_OTHERS = 6000;

Deno.test({
  name:
    "over three hosts behind ssh, or with a hundred services, the next program has each service exactly once, in 2 s",
  ignore: !testHostsAvailable().ok,
  fn: () => fleetRounds(5, 1, BESIDE_OTHERS),
});
