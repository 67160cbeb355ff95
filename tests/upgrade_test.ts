/** The example is upgraded while clients trade, as operators do it: by the program of another build. */
import { goBackRounds, upgradeRounds, WRONGS } from "./support/upgrades.ts";

Deno.test("all services are replaced by up of another build: no client is refused, no order lost or doubled", async () => {
  await upgradeRounds(2);
});

for (const how of WRONGS) {
  Deno.test(`an upgrade is gone back from if ${how}: status 3, and no order is lost or doubled`, async () => {
    await goBackRounds(1, how);
  });
}
