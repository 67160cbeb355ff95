/** What happens on a standing host while there is no program. */
import { unreadRounds } from "./support/unread.ts";
import { unattendedRounds } from "./support/unattended.ts";

Deno.test("each of fifty services that end while there is no program is told of once, truly", async () => {
  await unattendedRounds(2, 1);
});

Deno.test("a service that writes 64 MiB while there is no program is never held up, and each byte is kept or counted", async () => {
  await unreadRounds(1, 1, 64 << 20);
  await unreadRounds(4, 2, 4 << 20);
});
