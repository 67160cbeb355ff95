/** Tests of whole systems: what the test gets, and what must be left when it is over: nothing. */
import { Nursery } from "../nursery/mod.ts";
import { type Host, type HostOptions, localHost, programThread } from "../hosts/mod.ts";
import { scopesOf } from "../system/mod.ts";
import type { TemporaryDirectory, Thread } from "../thread/mod.ts";
import { heldSince, hostUsage } from "./host_usage.ts";
import { Leftovers } from "./leftovers.ts";

// Loads the helper library before any test, since it stays loaded, which Deno would call a leak.
await programThread().getpid();
// The same for what Deno handles signals with, which it opens when it has to for the first time.
const ignored = () => {};
Deno.addSignalListener("SIGURG", ignored);
Deno.removeSignalListener("SIGURG", ignored);

/** What a system test works with. */
export interface SystemContext {
  /** A background task that fails in it fails the test. */
  readonly nursery: Nursery;
  /** A thread of the host. */
  readonly thread: Thread;
  /** A new directory on the host; services of other users can pass through it, but not list it. */
  readonly tmpdir: TemporaryDirectory;
  readonly host: Host;
}

/** How a system test runs. */
export interface SystemTestOptions {
  /** Makes the host that the test runs on; else this machine. */
  host?: (options: HostOptions) => Promise<Host>;
  ignore?: boolean;
  /**
   * Whether each scope is run once more when the body has returned. A service that is started or stopped by
   * that, or a value that is another, fails the test: the scope's body is not one that can be run again.
   *
   * @default true
   */
  rerun?: boolean;
}

/**
 * Defines a test that runs a system. When its body returns, everything that it started is stopped; then
 * no process, descriptor or temporary file of it may be left, in the program, in the host's agent or in
 * its first thread. A service that fails meanwhile fails the
 * test with the service's last log lines. Scopes are run once more before, which must change nothing.
 *
 * @example
 * ```ts no-eval
 * import { Command } from "bailiwick";
 * import { systemTest } from "bailiwick/testing";
 *
 * systemTest("true is clean", async ({ thread }) => {
 *   const child = await thread.spawn(new Command("true"));
 *   if (!(await child.wait()).isClean) throw new Error("not clean");
 * });
 * ```
 */
export function systemTest(
  name: string,
  body: (context: SystemContext) => Promise<void>,
  options: SystemTestOptions = {},
): void {
  const { host = localHost, ignore = false, rerun = true } = options;
  Deno.test({ name, ignore, fn: () => runSystem(host, body, { rerun }) });
}

/** Runs a body as {@linkcode systemTest} does. */
export async function runSystem(
  makeHost: (options: HostOptions) => Promise<Host>,
  body: (context: SystemContext) => Promise<void>,
  { rerun = true }: Pick<SystemTestOptions, "rerun"> = {},
): Promise<void> {
  const leftovers = await Leftovers.watch();
  {
    await using host = await makeHost({ environment: leftovers.environment });
    const before = await hostUsage(host);
    {
      await using tmpdir = await host.thread.mkdtemp("test", { mode: 0o711 });
      await Nursery.run(async (nursery) => {
        await body({ nursery, host, tmpdir, thread: host.thread });
        if (rerun) await runAgain(nursery);
        nursery.cancel();
      });
    }
    if (!host.info.lost) leftovers.add(await heldSince(before, host));
    leftovers.expectGone(host.info.temporary);
  }
  await leftovers.check();
}

/** Runs the scopes that stand once more, which must change nothing. */
async function runAgain(nursery: Nursery): Promise<void> {
  const standing = scopesOf(nursery).filter(({ isOutermost, state }) =>
    isOutermost && state === "standing"
  );
  for (const scope of standing) await scope.check();
}
