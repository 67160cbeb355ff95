/** What `up` shows and does when a scope asks. */
import assert from "node:assert/strict";
import { markedProcesses, until } from "bailiwick/testing";
import { Cli } from "./support/cli.ts";

const FAILURES = 6;

/** The orderd of shard 1, of a program whose processes carry the mark. */
async function orderdOf(mark: string): Promise<number | undefined> {
  for (const process of await markedProcesses(mark)) {
    const pid = Number(process.split(" ")[1]);
    const command = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
    const words = command.split("\0");
    if (words.includes("--listen-fd") && words.includes("1/2")) return pid;
  }
  return undefined;
}

Deno.test("up holds a shard that fails too often, says what can be chosen, and trades on", async () => {
  const cli = Cli.fromSource();
  const mark = crypto.randomUUID();
  await using up = await cli.up([], mark);
  const killed = new Set<number>();
  for (let failure = 0; failure < FAILURES; failure++) {
    await until("orderd is there", async () => {
      const pid = await orderdOf(mark);
      if (pid === undefined || killed.has(pid)) return false;
      killed.add(pid);
      Deno.kill(pid, "SIGKILL");
      return true;
    });
  }
  const orders = [..."ABCDEFGH"].map((symbol) => `BUY ${symbol} 1 1\n`).join("");
  await until("the other shard trades", async () => {
    const { stdout } = await cli.run(["trade", "--to", up.address], orders);
    return /^ACCEPT \d+$/m.test(stdout) && /^REJECT shard 1 .* is down/m.test(stdout);
  });
  up.kill("SIGINT");
  const { code, stderr } = await up.ended();
  assert.equal(code, 0);
  assert.match(
    stderr,
    / {2}held shard-1: Failed 6 times in 10 minutes, now shard-1\/orderd: killed by/,
  );
  assert.match(stderr, /^ {4}again: starts what failed again, and what must follow it$/m);
});
