/** `exec`: a command in the place of a service. */
import type { ExecMessage } from "../../operate/mod.ts";
import { print } from "../../tools/mod.ts";
import type { AnySystem } from "../system.ts";
import type { ActFlags } from "./act.ts";
import { programOf } from "./program.ts";

/**
 * Runs it to its end, and ends the program as it ended. What it writes is passed on as it is; with `--json` it is
 * printed as it comes over the interface.
 *
 * @throws {UsageError} If no program is there.
 * @throws {RequestError} If the service does not run.
 */
export async function exec(
  system: AnySystem,
  service: string,
  command: readonly string[],
  flags: ActFlags,
): Promise<void> {
  using client = await programOf(system, flags);
  const query = new URLSearchParams([["input", ""], ...command.map((word) => ["arg", word])]);
  const messages = client.lines<ExecMessage>(`exec/${encodeURIComponent(service)}?${query}`, {
    method: "POST",
    body: Deno.stdin.readable,
  });
  for await (const message of messages) {
    if (flags.json) print(JSON.stringify(message));
    else if ("data" in message) writeAll(Deno[message.stream], Uint8Array.fromBase64(message.data));
    // Somebody may be about to type what nobody reads any more.
    if ("code" in message) Deno.exit(message.code);
  }
}

function writeAll(to: typeof Deno.stdout | typeof Deno.stderr, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
}
