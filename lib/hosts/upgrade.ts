/** Agents that stand, and are of another version of the protocol than the program. */
import { OtherVersionError } from "../wire/mod.ts";
import type { Host } from "./host.ts";
import { standingOf, type StandingOptions } from "./standing.ts";

/**
 * Connects; and once more, having the agent that stands go on as this program's, where it is of another version of
 * the protocol.
 */
export async function connectOrUpgrade<O extends { standing?: string | StandingOptions }>(
  options: O,
  connect: (options: O) => Promise<Host>,
): Promise<Host> {
  const coming = standingOf(options.standing);
  try {
    return await connect(options);
  } catch (error) {
    // Whether another program is in charge, only an agent of the same version says.
    const may = coming?.mode === "take-over" && !coming.upgrade;
    if (!may || !(error instanceof OtherVersionError)) throw error;
    const { system, mode, after } = coming;
    const standing = { system, mode, upgrade: true, ...(after !== undefined && { after }) };
    return await connect({ ...options, standing });
  }
}
