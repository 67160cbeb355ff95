/** Hosts of a standing system that cannot be reached, and programs that cannot be gone back to. */
import assert from "node:assert/strict";
import { testHostsAvailable, TestNetwork, until } from "bailiwick/testing";
import type { PackedContent } from "../lib/compile/contents.ts";
import { StandingCli } from "./support/standing.ts";

Deno.test({
  name: "up over three hosts of which one cannot be reached changes nothing anywhere, and names it",
  ignore: !testHostsAvailable(),
  async fn() {
    await using network = await TestNetwork.make({ hosts: 3 });
    await using cli = await StandingCli.make("../../main.ts");
    const where = network.hosts.flatMap((
      { name },
      at,
    ) => ["--host", `${at ? "shard" : "front"}=${name}`]);
    const words = [
      ...["--topology", "prod", "--ssh-config", network.sshConfig, ...where],
      ...["--data", "/root/books"],
    ];
    const first = await cli.up(...words);
    const before = await cli.ps();
    assert.equal(before.length, 5);
    await first.kill("SIGINT");

    const [, , far] = network.hosts;
    await far!.linkDown();
    const { code, stderr } = await cli.run("up", ...words, "--yes");
    assert.equal(code, 1, stderr);
    assert.match(stderr, new RegExp(`Cannot use host ${far!.name}: `));
    const seen = await cli.run("ps", "--json");
    assert.equal(seen.code, 1);
    assert.match(seen.stderr, new RegExp(`${far!.name} cannot be reached`));

    await far!.linkUp();
    assert.deepEqual(await cli.ps(), before);
    await cli.up(...words);
    assert.deepEqual(await cli.ps(), before);
  },
});

Deno.test("a program whose files were deleted cannot be gone back to: it is said, and what stands stays", async () => {
  await using cli = await StandingCli.make();
  const kept = `${cli.state}/bailiwick/systems/sleepers/programs`;
  const starts = async (): Promise<{ hash: string; wasReady: boolean }[]> => {
    const text = await Deno.readTextFile(`${kept}/starts.json`).catch(() => '{"starts":[]}');
    return JSON.parse(text).starts;
  };
  const isKept = async (count: number) =>
    (await starts()).filter(({ wasReady }) => wasReady).length === count;
  await cli.up();
  await until("the first is kept", () => isKept(1));
  await cli.use(otherBuild);
  await cli.up();
  await until("the second is kept", () => isKept(2));
  const before = await cli.ps();
  const { hash } = (await starts())[1]!;
  await Deno.remove(`${kept}/${hash}`, { recursive: true });
  const { code, stderr } = await cli.run("rollback");
  assert.equal(code, 3, stderr);
  assert.match(stderr, /No earlier program of system sleepers is kept on this machine/);
  assert.deepEqual(await cli.ps(), before);
});

function otherBuild({ name, content }: PackedContent): Uint8Array {
  if (name !== "program.js") return content;
  return new TextEncoder().encode(`${new TextDecoder().decode(content)}\n// another build\n`);
}
