/** `forward`: a port of this machine that leads to a service. */
import { print } from "../../tools/mod.ts";
import type { AnySystem } from "../system.ts";
import type { ActFlags } from "./act.ts";
import { programOf } from "./program.ts";

/**
 * Forwards until somebody ends it, or the program ends.
 *
 * @param port Of its host; without it the service's own address.
 * @throws {UsageError} If no program is there.
 * @throws {RequestError} If there is no such service, or no port is known.
 */
export async function forward(
  system: AnySystem,
  service: string,
  port: number | undefined,
  flags: ActFlags & { readonly local?: number },
): Promise<void> {
  using client = await programOf(system, flags);
  const query = new URLSearchParams();
  if (port !== undefined) query.set("port", `${port}`);
  if (flags.local !== undefined) query.set("local", `${flags.local}`);
  const path = `forward/${encodeURIComponent(service)}?${query}`;
  for await (const { port: here } of client.lines<{ port: number }>(path)) {
    print(
      flags.json
        ? JSON.stringify({ address: "127.0.0.1", port: here })
        : `127.0.0.1:${here} leads to ${service}; Ctrl-C ends that`,
    );
  }
}
