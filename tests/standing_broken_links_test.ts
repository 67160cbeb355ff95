/** Links to standing hosts behind ssh that break, in all ways and in both directions. */
import { testHostsAvailable } from "bailiwick/testing";
import { brokenLinkRounds } from "./support/standing_links.ts";

Deno.test({
  name:
    "when a link breaks services are not touched, the program comes back, and no call is done twice",
  ignore: !testHostsAvailable().ok,
  fn: () => brokenLinkRounds(20, 1),
});
