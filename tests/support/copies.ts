/** What the tests of `copyTree()` share. */
import assert from "node:assert/strict";
import type { Path, Thread } from "bailiwick";
import type { SystemContext } from "bailiwick/testing";

export const MIB = 1 << 20;

/** A second thread of the host, so that what is copied goes through the program. */
export async function withOther(
  { thread }: SystemContext,
  body: (other: Thread) => Promise<void>,
): Promise<void> {
  await using other = await thread.clone();
  await body(other);
}

export async function succeed(command: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

export async function isThere(thread: Thread, path: Path): Promise<boolean> {
  return await thread.stat(path, { followSymlink: false }).then(() => true, () => false);
}
