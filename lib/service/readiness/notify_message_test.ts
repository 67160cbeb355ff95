import assert from "node:assert/strict";
import fc from "fast-check";
import { parseNotify } from "./notify_message.ts";

const NOTHING = {
  ready: false,
  stopping: false,
  status: undefined,
  watchdog: undefined,
  watchdogLimit: undefined,
};

function parse(text: string) {
  return parseNotify(new TextEncoder().encode(text));
}

Deno.test("parseNotify() reads the lines that it knows, and passes over others", () => {
  assert.deepEqual(parse("READY=1\nSTATUS=up = well\nMAINPID=7\n\n=x\nFDSTORE"), {
    ...NOTHING,
    ready: true,
    status: "up = well",
  });
  assert.deepEqual(parse("STOPPING=1"), { ...NOTHING, stopping: true });
  assert.deepEqual(parse("WATCHDOG=1"), { ...NOTHING, watchdog: "alive" });
  assert.deepEqual(parse("WATCHDOG=trigger"), { ...NOTHING, watchdog: "trigger" });
  assert.deepEqual(parse("WATCHDOG_USEC=2500"), { ...NOTHING, watchdogLimit: 2.5 });
});

Deno.test("parseNotify() takes only what sd_notify(3) has", () => {
  for (const text of ["", "READY=0", "READY=11", "ready=1", "READY", " READY=1", "WATCHDOG=2"]) {
    assert.deepEqual(parse(text), NOTHING, text);
  }
  for (const value of ["0", "-1", "1e3", "", "99999999999999999999"]) {
    assert.deepEqual(parse(`WATCHDOG_USEC=${value}`), NOTHING, value);
  }
});

Deno.test("parseNotify() reads any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    assert.equal(typeof parseNotify(bytes).ready, "boolean");
  }));
});
