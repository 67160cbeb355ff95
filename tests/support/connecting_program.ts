/** A program that connects to this machine over and over, and says so: for tests that kill it meanwhile. */
import { localHost } from "bailiwick";

for (;;) {
  Deno.stdout.writeSync(new TextEncoder().encode("."));
  await using _host = await localHost();
}
