/** One try of a probe: it succeeds, or says what it got. */
import { tryCommand } from "./try_command.ts";
import { tryHttp } from "./try_http.ts";
import { tryTcp } from "./try_tcp.ts";
import type { Probe } from "./readiness.ts";
import type { Trying } from "./trying.ts";

/**
 * Makes one try.
 *
 * @throws {TryError} If it did not get what it should.
 * @throws {SyscallError} If the kernel says so.
 */
export async function tryOnce(probe: Probe, trying: Trying): Promise<void> {
  switch (probe.kind) {
    case "tcp":
      return await tryTcp(probe, trying);
    case "http":
      return await tryHttp(probe, trying);
    case "command":
      return await tryCommand(probe, trying);
    default:
      probe satisfies never;
  }
}
