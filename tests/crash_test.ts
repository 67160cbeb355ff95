/** What a crash of either daemon loses: nothing that was acknowledged. */
import { crashRounds } from "./support/crashes.ts";

Deno.test("kill -9 of orderd under load loses nothing", () => crashRounds("orderd", 10));

Deno.test("kill -9 of positiond under load loses nothing", () => crashRounds("positiond", 10));
