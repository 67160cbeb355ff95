/** What must be true of a system that `init` has made, however its user has the library. */
import assert from "node:assert/strict";
import { firstLine } from "./cli.ts";
import { expectGone } from "./gone.ts";

/** How a command is run in a system's directory. */
interface Where {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How deno is run there. */
  readonly deno: readonly [string, ...string[]];
}

/** It is tested, and runs until Ctrl-C, which leaves nothing. */
export async function checkMadeSystem(where: Where): Promise<void> {
  const tested = await task(where, ["test"], {}).output();
  const said = new TextDecoder().decode(tested.stdout) + new TextDecoder().decode(tested.stderr);
  assert.ok(tested.success, said);
  assert.match(said, /ok \| 1 passed \| 0 failed/);

  const mark = crypto.randomUUID();
  const up = task(where, ["up", "--", "--port", "0", "--json"], { BAILIWICK_TEST: mark }).spawn();
  const stderr = up.stderr.text();
  const line = await firstLine(up.stdout);
  assert.notEqual(line, "", await (line === "" ? stderr : undefined));
  const { address, services } = JSON.parse(line);
  assert.deepEqual(services.map(({ path }: { path: string }) => path), ["redis", "counter"]);
  const visit = await fetch(`http://${address}/`);
  assert.deepEqual(await visit.json(), { visitor: 1 });
  Deno.kill(-up.pid, "SIGINT"); // As a terminal does, to all of them.
  await up.status;
  await expectGone(mark, 30_000);
  assert.match(await stderr, /Stopping/);
  assert.doesNotMatch(await stderr, /FAILED/);
}

function task(
  { directory, environment, deno: [command, ...words] }: Where,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Deno.Command {
  return new Deno.Command(command, {
    args: [...words, "task", ...args],
    cwd: directory,
    env: { ...environment, ...env },
    detached: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}
