/** Running nix-store(1) on a host. */
import { SyscallError } from "../agent/mod.ts";
import {
  Command,
  CommandError,
  type CommandOutput,
  type RunOptions,
  type Thread,
} from "../thread/mod.ts";

/** Bringing a Nix closure to a host failed; the message says where, and what nix-store printed. */
export class NixError extends Error {
  override readonly name = "NixError";
}

/** Bytes of a list of paths at the most. */
const LIST = 256 << 20;

/** Whether a path is in the host's store, whole. One round trip, and the time of nix-store. */
export async function isValid(thread: Thread, path: string): Promise<boolean> {
  return (await run(thread, ["--check-validity", path], { anyStatus: true })).status.isClean;
}

/** A path and all that it refers to; what an import needs first comes first. */
export async function closureOf(thread: Thread, path: string): Promise<string[]> {
  return (await run(thread, ["--query", "--requisites", path])).lines;
}

/** Those of the paths that the host does not have. */
export async function missingOf(thread: Thread, paths: readonly string[]): Promise<Set<string>> {
  return new Set((await run(thread, ["--check-validity", "--print-invalid", ...paths])).lines);
}

/** Compares what lies on the disk with the hashes of the paths. */
export async function verify(thread: Thread, paths: readonly string[]): Promise<void> {
  await run(thread, ["--verify-path", ...paths]);
}

/** Exports paths on one host and imports them on another. */
export async function move(from: Thread, to: Thread, paths: readonly string[]): Promise<void> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const [imported, exported] = await Promise.allSettled([
    run(to, ["--import"], { input: readable }),
    run(from, ["--export", ...paths], { stdout: writable }),
  ]);
  // An export that fails is what an import fails with, too; one that nobody reads any more is not to blame.
  for (const end of [imported, exported]) if (end.status === "rejected") throw end.reason;
}

async function run(
  thread: Thread,
  args: readonly string[],
  options: RunOptions = {},
): Promise<CommandOutput> {
  try {
    return await thread.run(new Command("nix-store", args), { limit: LIST, ...options });
  } catch (cause) {
    if (cause instanceof CommandError) throw new NixError(cause.message, { cause });
    if (!(cause instanceof SyscallError) || cause.code !== "ENOENT") throw cause;
    throw new NixError(
      `Host ${thread.host.name} has no nix-store in its PATH: install Nix there, ` +
        "such as by Debian's package nix-bin",
      { cause },
    );
  }
}
