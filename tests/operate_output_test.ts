/** What the commands that look at a system print, wherever that goes. */
import assert from "node:assert/strict";
import { firstLine } from "./support/cli.ts";
import { OperatedCli } from "./support/operated.ts";

const LOOKS = [["ps"], ["ps", "--json"], ["describe", "cache"], ["events"], ["--help"]];
const WIDTH = 40;

Deno.test("who has read enough ends a command, which is no failure", async () => {
  await using cli = await OperatedCli.up();
  for (const words of [...LOOKS, ["events", "-f"]]) {
    const child = cli.spawn(...words);
    const stderr = child.stderr.text();
    await firstLine(child.stdout);
    const restarted = cli.run("restart", "front"); // So that there are more events.
    assert.equal((await child.status).code, 0, words.join(" "));
    assert.equal(await stderr, "");
    await restarted;
  }
});

Deno.test("without a terminal, and in a locale of bytes, there is text alone", async () => {
  await using cli = await OperatedCli.up();
  for (const words of LOOKS) {
    const { code, stdout } = await cli.run(...words);
    assert.equal(code, 0);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/, words.join(" "));
  }
});

Deno.test(`ps fits into ${WIDTH} columns`, async () => {
  await using cli = await OperatedCli.up();
  const screen = await cli.onTerminal(WIDTH, "ps");
  const lines = screen.split(/\r?\n/);
  assert.match(screen, /^cache +running/m);
  for (const line of lines) assert.ok(line.length <= WIDTH, line);
});
