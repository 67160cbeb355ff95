import assert from "node:assert/strict";
import { growthPerSave } from "./support/saves.ts";

Deno.test("A save of a program that watches its sources costs at most 0.2 MiB", async () => {
  const growth = await growthPerSave(50);
  assert.ok(growth <= 0.2 * 2 ** 20, `${growth} bytes`);
});
