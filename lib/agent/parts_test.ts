import assert from "node:assert/strict";
import { WIRE } from "../wire/mod.ts";
import { SyscallError } from "./errors.ts";
import { Numbers } from "./numbers.ts";
import { concat } from "./concat.ts";
import { Window } from "./window.ts";

Deno.test("Numbers.take() gives each number once, and throws when all are taken", () => {
  const numbers = new Numbers(2, 5, "threads");
  assert.deepEqual([numbers.take(), numbers.take(), numbers.take()], [2, 3, 4]);
  const message = "All 5 threads of the host are in use";
  assert.throws(() => numbers.take(), { name: "RangeError", message });
  numbers.give(3);
  assert.equal(numbers.take(), 3);
  assert.throws(() => numbers.take(), RangeError);
});

Deno.test("Window sends in order, within the limits", () => {
  const sent: number[] = [];
  const window = new Window();
  const half = WIRE.MAX_WINDOW / 2;
  [half, half, 1, 2].forEach((length, index) => window.send(length, () => sent.push(index)));
  assert.deepEqual(sent, [0, 1]);
  window.answered(half);
  assert.deepEqual(sent, [0, 1, 2, 3]);
  assert.equal(window.idle, false);
  [half, 1, 2].forEach((length) => window.answered(length));
  assert.ok(window.idle);
});

Deno.test("Window withdraws only what was not sent", () => {
  const sent: string[] = [];
  const window = new Window();
  const first = window.send(WIRE.MAX_WINDOW, () => sent.push("first"));
  const second = window.send(1, () => sent.push("second"));
  assert.equal(first(), false);
  assert.equal(second(), true);
  assert.equal(second(), false);
  window.answered(WIRE.MAX_WINDOW);
  assert.deepEqual(sent, ["first"]);
  assert.ok(window.idle);
});

Deno.test("SyscallError says what, why, where", () => {
  const details = { syscall: "bind", errno: 13, what: "bind to 127.0.0.1:80", host: "db1" };
  const error = new SyscallError({ ...details, position: "call 2 of 5" });
  assert.equal(
    error.message,
    "Cannot bind to 127.0.0.1:80: permission denied (EACCES) in bind, call 2 of 5, host db1",
  );
  assert.deepEqual([error.code, error.errno, error.host], ["EACCES", 13, "db1"]);
  assert.equal(new SyscallError({ ...details, errno: 4000 }).code, "errno 4000");
});

Deno.test("concat() of one chunk does not copy it", () => {
  const chunk = Uint8Array.of(1, 2);
  assert.equal(concat([chunk]), chunk);
  assert.deepEqual(concat([]), new Uint8Array(0));
  assert.deepEqual(concat([chunk, chunk]), Uint8Array.of(1, 2, 1, 2));
});
