import assert from "node:assert/strict";
import { Nursery } from "./nursery.ts";

/** Begins an ordered task that says when it stops. */
function begin(nursery: Nursery, name: string, stopped: string[]) {
  return nursery.ordered(async (_signal, turn) => {
    await turn.come;
    stopped.push(name);
  }, { name });
}

Deno.test("the ordered tasks of a nursery, and of those within it, are in its section", async () => {
  const stopped: string[] = [];
  await Nursery.run(async (outer) => {
    const section = outer.section();
    await Nursery.run(async (scope) => {
      begin(scope, "a", stopped);
      const within = Nursery.run(async (nursery) => {
        begin(nursery, "b", stopped);
      }, { within: scope });
      section.ready();
      begin(outer, "after", stopped);
      outer.cancel();
      await within.catch(() => {});
    }, { within: outer, section }).catch(() => {});
  });
  assert.deepEqual(stopped, ["after", "b", "a"]);
});

Deno.test("stopOrdered() stops some tasks by their order, and the nursery goes on", async () => {
  const stopped: string[] = [];
  await Nursery.run(async (nursery) => {
    const section = nursery.section();
    const turns = ["a", "b", "c"].map((name) => begin(nursery, name, stopped));
    nursery.stopOrdered([section, ...turns.slice(0, 2)]);
    await turns[0]!.come;
    assert.equal(nursery.signal.aborted, false);
    nursery.cancel();
  });
  assert.deepEqual(stopped, ["b", "a", "c"]);
});

Deno.test("root is the outermost nursery", async () => {
  await Nursery.run(async (outer) => {
    assert.equal(outer.root, outer);
    await Nursery.run(async (inner) => {
      await Nursery.run(async ({ root }) => assert.equal(root, outer), { within: inner });
    }, { within: outer });
  });
});
