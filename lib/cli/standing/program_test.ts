import assert from "node:assert/strict";
import { ProgramRecord, runningProgram } from "./program.ts";
import { SystemState } from "./state.ts";

Deno.test("a program is one that runs only while its process does, told apart by when that began", async () => {
  const systems = await Deno.makeTempDir();
  const state = new SystemState("shop", systems);
  try {
    assert.equal(await runningProgram(state), undefined);
    {
      await using program = await ProgramRecord.begin(state);
      assert.equal((await runningProgram(state))!.pid, Deno.pid);
      assert.equal((await runningProgram(state))!.ready, undefined);
      await program.ready("All ready.");
      assert.equal((await runningProgram(state))!.ready, "All ready.");
      const written = await state.read<Record<string, unknown>>("program.json");
      for (const other of [{ began: "1" }, { boot: "another" }, { pid: 1 }]) {
        await state.write("program.json", { ...written, ...other });
        assert.equal(await runningProgram(state), undefined, JSON.stringify(other));
      }
      await program.ready("All ready, again.");
      assert.equal((await runningProgram(state))!.ready, "All ready, again.", "it is in charge");
      await state.write("program.json", { ...written, pid: 1 });
      // That is another program's now: this one's end leaves it.
    }
    assert.notEqual(await state.read("program.json"), undefined);
  } finally {
    await Deno.remove(systems, { recursive: true });
  }
});
