/** A program of a standing system that was stopped while another has taken its place. */
import { overtakingRounds } from "./support/fleet.ts";

Deno.test("a program that was stopped while another took its place changes nothing, and ends saying so", async () => {
  await overtakingRounds(20, 1);
});
