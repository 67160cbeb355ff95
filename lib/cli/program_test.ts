import assert from "node:assert/strict";
import { Command } from "commander";
import { withoutSeparator } from "./program.ts";

Deno.test("withoutSeparator() leaves out what comes right after a command's name, and no other", () => {
  const program = new Command("shop")
    .addCommand(new Command("up"))
    .addCommand(new Command("hosts").addCommand(new Command("check")));
  const cases: [string, string][] = [
    ["up -- --port 7000", "up --port 7000"],
    ["hosts check -- --json", "hosts check --json"],
    ["-- up --port 7000", "up --port 7000"],
    ["up -- a -- -b", "up a -- -b"],
    ["up --port 7000 -- -a", "up --port 7000 -- -a"],
    ["other -- --port", "other -- --port"],
    ["up", "up"],
    ["", ""],
  ];
  for (const [given, meant] of cases) {
    const words = given.split(" ").filter((word) => word !== "");
    assert.equal(withoutSeparator(program, words).join(" "), meant);
  }
});
