/** Real servers, started ten times: the first query, made at once, never fails, and nothing is left of them. */
import { testHostsAvailable } from "bailiwick/testing";
import { localServerRounds, remoteServerRounds } from "./support/server_rounds.ts";

const ROUNDS = 10;
const ignore = Deno.uid() !== 0;

Deno.test({ name: "servers are ready when they serve, and leave nothing", ignore }, async () => {
  await localServerRounds(ROUNDS);
});

Deno.test({
  name: "servers on a test host are ready when they serve, and leave nothing",
  ignore: ignore || !testHostsAvailable().ok,
}, async () => {
  await remoteServerRounds(ROUNDS);
});
