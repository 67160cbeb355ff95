/**
 * The first way to an executable: `deno compile`. It needs `denort`, deno without its tools, from
 * DENORT_BIN, deno's cache or the network; whether one of them has it is best asked of `deno compile`.
 *
 * @module
 */
import { type AssetArch, assetsRoot } from "../../lib/assets/mod.ts";
import { listAssets, root } from "./contents.ts";
import { attempt } from "./run.ts";

/** A network that swallows packets must not hold up the build for longer than this. */
const NETWORK_DEADLINE_MS = 60_000;

function firstReason(stderr: string): string {
  const lines = stderr.split("\n");
  const cause = lines.find((line) => /^\s+\d+: error sending|^\s+\d+: .*denort/.test(line));
  return (cause ?? lines.find((line) => line.includes("error")) ?? "no answer in time").trim();
}

/**
 * Makes `out` by `deno compile`.
 *
 * @returns `undefined` when it is made, or why it could not be.
 */
export async function compileByDeno(
  entry: string,
  arch: AssetArch,
  out: string,
): Promise<string | undefined> {
  const includes = (await listAssets(arch)).flatMap((
    name,
  ) => ["--include", `${assetsRoot}/${name}`]);
  const target = ["--target", `${arch}-unknown-linux-gnu`];
  const args = ["compile", "-A", "--no-check", ...target, ...includes, "-o", out, entry];
  const deadline = Deno.env.has("DENORT_BIN") ? {} : { deadline: NETWORK_DEADLINE_MS };
  const { success, stderr } = await attempt(Deno.execPath(), args, { cwd: root, ...deadline });
  return success ? undefined : firstReason(stderr);
}
