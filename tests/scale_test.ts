/** Many services on one host. `deno task soak` does more of the same, and says what it measures. */
import { endedServices, manyServices, spawnRounds } from "./support/spawns.ts";

Deno.test("2,000 spawns leave nothing behind", () => spawnRounds(2000));

Deno.test("1,000 services are alive at once, and each end is seen", () => manyServices(1000));

Deno.test("3,000 services that ended are not kept", () => endedServices(3000));
