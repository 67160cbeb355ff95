/** Copies from hosts that lie, and beside users who swap what is copied for something else. */
import assert from "node:assert/strict";
import { copyTree, Host, localHost, type Path, RENAME, type Thread } from "bailiwick";
import { type SystemContext, systemTest } from "bailiwick/testing";
import { RemoteProtocolError } from "../lib/wire/mod.ts";
import { ProcessTransport } from "../lib/hosts/process_transport.ts";
import { agentPath } from "./support/raw_agent.ts";
import { RewritingTransport } from "./support/rewriting_transport.ts";

const NOBODY = 65534;
const ROUNDS = 40;
const SWAPS = 400;
const DEADLINE_MS = 60_000;

for (
  const [listed, name] of [
    ["..", "a path through the parent"],
    ["/", "an absolute path"],
    ["\0", "an empty name"],
  ] as const
) {
  systemTest(`copyTree() makes nothing outside when a host lists ${name}`, async (context) => {
    const { thread, tmpdir } = context;
    const honest = "honest-name-of-a-file-0000";
    const lie = { "..": "../escaped", "/": "/tmp/escaped", "\0": "\0" }[listed];
    const transport = new RewritingTransport(
      new ProcessTransport([agentPath(Deno.build.arch)]),
      honest,
      lie.padEnd(honest.length, listed === "\0" ? "\0" : "x"),
    );
    await using liar = await Host.connect("liar", transport, { environment: {} });
    await thread.mkdir(tmpdir.join("from"));
    await thread.writeFile(tmpdir.join("from", honest), "content");
    const copying = copyTree(liar.thread, `${tmpdir.join("from")}`, thread, tmpdir.join("to"));
    await assert.rejects(copying, (error: Error) => {
      assert.ok(error instanceof RemoteProtocolError, `${error}`);
      assert.match(error.message, /^Host liar lists a file named ".*" in .*\/from/);
      return true;
    });
    assert.ok(transport.replaced > 0);
    assert.deepEqual(await names(thread, tmpdir), ["from"]);
  });
}

systemTest("copyTree() writes nowhere else while a user swaps what it makes", async (context) => {
  const { thread, tmpdir } = context;
  const from = tmpdir.join("from");
  await makeTree(thread, from, "content");
  const outside = tmpdir.join("outside");
  await makeTree(thread, outside, "precious");
  const before = await contents(thread, outside);
  await withAttacker(context, async (theirs, attack) => {
    await attack(theirs.join("evil"), outside);
    for (let round = 0; round < ROUNDS; round++) {
      const copy = theirs.join(`copy${round}`);
      await copyTree(thread, from, thread, copy).catch(() => {}); // It may fail.
    }
  });
  assert.deepEqual(await contents(thread, outside), before);
});

systemTest("copyTree() reads nothing else while a user swaps what it reads", async (context) => {
  const { thread, tmpdir } = context;
  const secret = tmpdir.join("secret");
  await makeTree(thread, secret, "secret");
  await withAttacker(context, async (theirs, attack) => {
    const from = theirs.join("from");
    await makeTree(thread, from, "content");
    await thread.batch((b) => {
      for (const path of [from, from.join("sub0")]) b.chown(path, NOBODY, NOBODY);
    });
    await attack(from.join("evil"), secret.join("sub0"));
    for (let round = 0; round < ROUNDS; round++) {
      const copy = tmpdir.join(`copy${round}`);
      await copyTree(thread, from, thread, copy).catch(() => {}); // It may fail.
      for (const [path, text] of Object.entries(await contents(thread, copy))) {
        assert.notEqual(text, "secret", path);
      }
      await thread.removeTree(copy);
    }
  });
});

/** A file in each of some directories. */
async function makeTree(thread: Thread, root: Path, content: string): Promise<void> {
  await thread.mkdir(root, 0o755);
  for (let i = 0; i < 10; i++) {
    await thread.mkdir(root.join(`sub${i}`), 0o755);
    for (let j = 0; j < 5; j++) await thread.writeFile(root.join(`sub${i}`, `file${j}`), content);
  }
}

/** The files below a directory that can be read, with what is in them; links are not followed. */
async function contents(thread: Thread, root: Path): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of await names(thread, root).catch(() => [])) {
    const path = root.join(name);
    const { isDirectory, isFile } = await thread.stat(path, { followSymlink: false });
    if (isDirectory) Object.assign(found, await contents(thread, path));
    if (isFile) found[`${path}`] = await thread.readTextFile(path);
  }
  return found;
}

async function names(thread: Thread, directory: Path): Promise<string[]> {
  return (await thread.readDirectory(directory)).map(({ name }) => name).sort();
}

/**
 * Gives the body a directory of an ordinary user, who exchanges every directory in it with a link that
 * leads elsewhere, over and over, while the body goes on.
 */
async function withAttacker(
  { thread, tmpdir }: SystemContext,
  body: (theirs: Path, attack: (link: Path, target: Path) => Promise<void>) => Promise<void>,
): Promise<void> {
  const theirs = tmpdir.join("theirs");
  await thread.mkdir(theirs, 0o755);
  await thread.batch((b) => {
    b.chown(theirs, NOBODY, NOBODY);
    for (const path of [tmpdir.parent, tmpdir]) b.chmod(path, 0o711);
  });
  await using host = await localHost({ name: "attacker" });
  const user = host.thread;
  await user.batch((b) => b.setuid(NOBODY));
  let over = false;
  let swapping: Promise<number> | undefined;
  const attack = async (link: Path, target: Path) => {
    await user.symlink(`${target}`, `${link}`);
    swapping = swap(user, `${link.parent}`, `${link}`, () => over);
  };
  try {
    await body(theirs, attack);
  } finally {
    over = true;
    assert.ok(await swapping! > 0, "The user has swapped nothing");
  }
}

/** Exchanges the directories in a directory with a link until it is over; returns how often. */
async function swap(
  thread: Thread,
  directory: string,
  link: string,
  isOver: () => boolean,
): Promise<number> {
  const deadline = performance.now() + DEADLINE_MS;
  let swaps = 0;
  while (!isOver()) {
    assert.ok(performance.now() < deadline, "The test takes too long");
    const entries = await thread.readDirectory(directory);
    for (const { name } of entries.filter(({ type }) => type === "directory")) {
      const exchange = () =>
        thread.batch((b) => {
          for (let i = 0; i < SWAPS; i++) {
            b.rename(`${directory}/${name}`, link, RENAME.EXCHANGE);
          }
        });
      swaps += await exchange().then(() => SWAPS, () => 0); // What is gone cannot be swapped.
    }
  }
  return swaps;
}
