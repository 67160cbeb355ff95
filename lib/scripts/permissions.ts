/** What a script may do under Deno, as the options of its command line. */
import { CONFIG, READY, SOCKET_VARIABLES } from "../inside/variables.ts";
import type { Path } from "../thread/mod.ts";

/** True for all of a kind, or those that are named, as Deno's `--allow-KIND` takes them. */
export type Allowed = boolean | readonly (string | Path)[];

/** What a script may do; what is not named it may not. */
export interface ScriptPermissions {
  /** Files and directories; what comes with the script can be read in any case. */
  readonly read?: Allowed;
  readonly write?: Allowed;
  /** Hosts, with ports or without. Sockets that it is given need none. */
  readonly net?: Allowed;
  /** Variables; those that `bailiwick/service` reads are allowed in any case. */
  readonly env?: Allowed;
  /** Programs. One that may be run may do everything. */
  readonly run?: Allowed;
  /** Libraries. One that may be loaded may do everything. */
  readonly ffi?: Allowed;
  /** What of the system is told, such as `hostname`. */
  readonly sys?: Allowed;
}

const KINDS = ["read", "write", "net", "env", "run", "ffi", "sys"] as const;

/**
 * The options of `deno run`.
 *
 * @param own The directory of the script and what comes with it.
 * @throws {RangeError} If an item is empty or holds a comma, which Deno cannot be told.
 */
export function permissionFlags(
  permissions: ScriptPermissions | "all",
  own: Path | string,
): string[] {
  if (permissions === "all") return ["--allow-all"];
  return KINDS.flatMap((kind) => {
    const allowed = permissions[kind] ?? false;
    if (allowed === true) return [`--allow-${kind}`];
    const items = [...(allowed === false ? [] : allowed), ...always(kind, own)].map(String);
    const wrong = items.find((item) => item === "" || item.includes(","));
    if (wrong === undefined) return items.length > 0 ? [`--allow-${kind}=${items}`] : [];
    throw new RangeError(`Deno cannot be told to allow ${kind} of ${JSON.stringify(wrong)}`);
  });
}

function always(kind: (typeof KINDS)[number], own: Path | string): readonly (string | Path)[] {
  if (kind === "read") return [own];
  return kind === "env" ? [CONFIG, READY, ...SOCKET_VARIABLES] : [];
}
