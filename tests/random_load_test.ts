/** Load and trouble of every kind, at random, on links of every kind. */
import { testHostsAvailable } from "bailiwick/testing";
import { randomLoadRounds } from "./support/random_load.ts";

Deno.test({
  name: "random load over random links: no false death, no missed one, and nothing left",
  ignore: !testHostsAvailable().ok,
  fn: () => randomLoadRounds(1, 200),
});
