import assert from "node:assert/strict";
import { isRunner } from "./runners.ts";

Deno.test("isRunner() knows what npx and deno task run, and no shell or supervisor", () => {
  const runners = [
    "npm exec deno@2.9.6 task up",
    "sh\0-c\0'deno' task up",
    "node\0/root/.npm/_npx/4f/node_modules/.bin/deno\0task\0up",
    "node\0/x/node_modules/deno/bin.cjs/../deno.cjs\0task\0up",
    "/usr/bin/deno\0task\0up\0",
  ];
  for (const line of runners) assert.ok(isRunner(line), line);
  const others = ["-bash", "", "node\0supervisor.js", "deno\0run\0-A\0main.ts", "task\0x"];
  for (const line of others) assert.ok(!isRunner(line), line);
});
