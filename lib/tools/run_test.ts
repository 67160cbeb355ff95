import assert from "node:assert/strict";
import { abortable, seconds } from "../clock/mod.ts";
import { runUntilStopped } from "./run.ts";

Deno.test("runUntilStopped() stops in order, though nobody can be told", async () => {
  // A signal that is waited for does not keep a program running; the deadline does.
  const deadline = Promise.withResolvers<void>();
  const timer = setTimeout(() => deadline.reject(new Error("not stopped")), seconds(10));
  try {
    const stopped = await runUntilStopped(async ({ signal }) => {
      Deno.kill(Deno.pid, "SIGHUP");
      await assert.rejects(() => abortable(deadline.promise, signal), {
        message: "The program was told to stop",
      });
    }, () => {
      throw new Error("the terminal has gone");
    });
    assert.ok(stopped);
  } finally {
    clearTimeout(timer);
  }
});

Deno.test("runUntilStopped() has the caller say what a signal means, before the nursery is cancelled", async () => {
  const events: string[] = [];
  const deadline = Promise.withResolvers<void>();
  const timer = setTimeout(() => deadline.reject(new Error("not stopped")), seconds(10));
  try {
    const stopped = await runUntilStopped(
      async ({ signal }) => {
        signal.addEventListener("abort", () => events.push("cancelled"));
        Deno.kill(Deno.pid, "SIGTERM");
        await abortable(deadline.promise, signal);
      },
      (line) => events.push(line),
      () => void events.push("let go"),
    );
    assert.ok(stopped);
    assert.deepEqual(events, ["let go", "cancelled"]);
  } finally {
    clearTimeout(timer);
  }
});
