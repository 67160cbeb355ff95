import assert from "node:assert/strict";
import { abortable } from "../../clock/mod.ts";
import { Nursery } from "../../nursery/mod.ts";
import { never } from "../policy/mod.ts";
import { scopeOf, supervise } from "../scope/supervise.ts";
import { afterConfirm, awaitConfirmation } from "./after_confirm.ts";

/** Runs a scope that has such a task, and says when it was done. */
async function withTask(
  test: (nursery: Nursery, run: () => Promise<void>, done: () => number) => Promise<void>,
  task: () => Promise<void> = async () => {},
) {
  await Nursery.run(async (nursery) => {
    let count = 0;
    const run = async () => {
      await supervise(nursery, "shop", async (nursery) => {
        await afterConfirm(nursery, "finish", 3, async () => {
          count++;
          await task();
        });
      }, { policy: never });
    };
    await test(nursery, run, () => count);
    nursery.cancel();
  });
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("afterConfirm() waits until the change is confirmed, and is done once", async () => {
  await withTask(async (nursery, run, done) => {
    const confirm = awaitConfirmation(nursery);
    await run();
    await turn();
    assert.equal(done(), 0);
    confirm();
    await turn();
    assert.equal(done(), 1);
    await scopeOf(nursery, "shop").run();
    await turn();
    assert.equal(done(), 1);
  });
});

Deno.test("afterConfirm() is done at once where nothing is to be confirmed", async () => {
  await withTask(async (_nursery, run, done) => {
    await run();
    await turn();
    assert.equal(done(), 1);
  });
});

Deno.test("afterConfirm() fails its scope when the task fails", async () => {
  const failing = withTask(async (nursery, run) => {
    await run();
    await abortable(new Promise(() => {}), nursery.signal);
  }, () => Promise.reject(new Error("no such column")));
  await assert.rejects(failing, (error) => `${Deno.inspect(error)}`.includes("no such column"));
});

Deno.test("afterConfirm() that was never confirmed ends with its nursery, undone", async () => {
  let count = 0;
  await withTask(async (nursery, run, done) => {
    awaitConfirmation(nursery);
    await run();
    count = done();
  });
  assert.equal(count, 0);
});
