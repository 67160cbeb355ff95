import assert from "node:assert/strict";
import { systemClock } from "../clock/mod.ts";
import { Guardian, GuardianError } from "./guardian.ts";
import type { KeptProgram } from "./programs.ts";

/** A program in sh that is started as a guardian. */
function kept(script: string): KeptProgram {
  return {
    hash: "",
    at: new Date(),
    wasReady: true,
    words: [],
    cwd: "/",
    command: ["/bin/sh", "-c", script],
  };
}

async function withLog(test: (log: string) => Promise<void>) {
  const log = await Deno.makeTempFile();
  try {
    await test(log);
  } finally {
    await Deno.remove(log);
  }
}

const start = (script: string, log: string) =>
  Guardian.start(kept(script), { words: ["guard"], log, clock: systemClock });

/** Says in its log what it was told, until that ends. */
const LISTENS =
  'echo guards; while read -r word; do echo "$word" >&2; [ "$word" != confirmed ] || exit 0; done';

Deno.test("Guardian is told the steps, and ends when the program is confirmed", async () => {
  await withLog(async (log) => {
    const guardian = await start(LISTENS, log);
    guardian.step();
    guardian.waits(60_000);
    await guardian.confirmed();
    assert.equal(await Deno.readTextFile(log), "step\nwaits 60000\nconfirmed\n");
  });
});

Deno.test("Guardian goes back when its pipe ends, and says whether it is back", async () => {
  await withLog(async (log) => {
    const back = await start(`${LISTENS}; echo back`, log);
    assert.equal(await back.goBack(), undefined);
    const failed = await start(`${LISTENS}; echo "failed: orderd is not ready"`, log);
    assert.equal(await failed.goBack(), "orderd is not ready");
    const silent = await start(`${LISTENS}; exit 1`, log);
    assert.equal(await silent.goBack(), "it ended without a word");
  });
});

Deno.test("Guardian is an error that names its log when it does not guard", async () => {
  await withLog(async (log) => {
    await assert.rejects(start("echo no such option >&2; exit 2", log), (error) => {
      assert.ok(error instanceof GuardianError);
      assert.match(
        error.message,
        new RegExp(`gone back to ended, so nothing was changed; see ${log}`),
      );
      return true;
    });
    assert.equal(await Deno.readTextFile(log), "no such option\n");
  });
});

Deno.test("Guardian that is killed is lost, and says so", async () => {
  await withLog(async (log) => {
    const guardian = await start("echo guards; kill -KILL $$", log);
    assert.equal((await guardian.lost).message, "The guardian ended with SIGKILL");
    await guardian.goBack();
  });
});
