import assert from "node:assert/strict";
import { Model } from "../model/mod.ts";
import { again, ask } from "../system/mod.ts";
import { Progress } from "./progress.ts";
import { Terminal } from "./terminal.ts";

Deno.test("Progress shows what can be chosen below the question, once", async () => {
  const model = new Model();
  let shown = "";
  const writeSync = (bytes: Uint8Array) => {
    shown += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  using progress = new Progress(new Terminal({ writeSync, isTerminal: () => false }), model);
  const { choices } = ask("Again?", { again: again() });
  for (const path of ["orders", "web"]) {
    model.tell({ kind: "scope-changed", path, state: "held", reason: `What of ${path}?` });
  }
  progress.ask({ path: "orders", choices: choices() });
  await Promise.resolve();
  assert.deepEqual(shown.split("\n"), [
    "  held orders: What of orders?",
    "    again: starts what failed again, and what must follow it",
    "  held web: What of web?",
    "",
  ]);
});

Deno.test("Progress says why a step failed that its caller caught, in one line", async () => {
  const model = new Model();
  let shown = "";
  const writeSync = (bytes: Uint8Array) => {
    shown += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  using _progress = new Progress(new Terminal({ writeSync, isTerminal: () => false }), model);
  const step = { kind: "start", subject: "orderd", host: "db1" } as const;
  const failing = model.step(step, () => {
    return Promise.reject(new Error("Service orderd exited with 1\x07\nIt wrote nothing"));
  });
  await assert.rejects(failing);
  await model.step({ kind: "deploy", subject: "orderd", host: "db1" }, () => Promise.resolve());
  await Promise.resolve();
  const [failed, deployed] = shown.split("\n");
  assert.equal(failed, "  failed starting orderd on db1: Service orderd exited with 1\\x07");
  assert.match(deployed!, /^ +deployed orderd on db1 in /);
});
