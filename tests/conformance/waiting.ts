import assert from "node:assert/strict";
import { AT, O, SIG } from "bailiwick";
import type { Checks } from "./checks.ts";

/** Bytes that a pipe holds. */
const PIPE = 65536;

export const waitingChecks: Checks = {
  "a call that blocks holds up its thread alone": async ({ thread }) => {
    await using child = await thread.clone();
    const { read } = await child.pipe();
    const reading = read.read(16);
    assert.equal(await thread.getpid(), thread.process.pid);
    await using other = await thread.clone();
    assert.equal(await other.getpid(), other.process.pid);
    await child.process.kill(SIG.KILL);
    await assert.rejects(reading, { name: "ThreadEndedError", outcomeUnknown: true });
  },
  "a call that blocks is cancelled by its signal": async ({ thread }) => {
    await using child = await thread.clone();
    const { read } = await child.pipe();
    for (let round = 0; round < 20; round++) {
      const controller = new AbortController();
      const reading = read.read(16, { signal: controller.signal });
      if (round % 2 === 0) await thread.getpid();
      controller.abort(new Error(`round ${round}`));
      await assert.rejects(reading, { message: `round ${round}` });
    }
    assert.equal(await child.getpid(), child.process.pid);
  },
  "what was done before it was cancelled stands": async ({ thread }) => {
    await using child = await thread.clone();
    const controller = new AbortController();
    const pid = await child.batch((b) => b.getpid(), { signal: controller.signal });
    controller.abort();
    assert.equal(pid, child.process.pid);
    await assert.rejects(
      child.batch((b) => b.getpid(), { signal: AbortSignal.abort(new Error("before")) }),
      { message: "before" },
    );
  },
  "a file whose reading is cancelled is not taken for whole": async ({ thread, tmpdir }) => {
    await using child = await thread.clone();
    const path = tmpdir.join("fifo");
    await thread.batch((b) => b.syscall("mknodat", AT.FDCWD, b.path(path), 0o010600, 0));
    const controller = new AbortController();
    const reading = child.readFile(path, { signal: controller.signal });
    await using write = await thread.open(path, O.WRONLY);
    // More than the pipe holds: it is written when a part of it has been read.
    await write.writeAll(new Uint8Array(PIPE + 3000));
    controller.abort(new Error("half way"));
    await assert.rejects(reading, { message: "half way" });
    assert.equal(await child.getpid(), child.process.pid);
  },
  "a sleep ends by itself or by its signal": async ({ thread }) => {
    await using child = await thread.clone();
    await child.nanosleep(1);
    const controller = new AbortController();
    const sleeping = child.nanosleep(3_600_000, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await assert.rejects(sleeping, { message: "enough" });
  },
  "calls behind a cancelled one still run": async ({ thread }) => {
    await using child = await thread.clone();
    const { read } = await child.pipe();
    const controller = new AbortController();
    const reading = read.read(1, { signal: controller.signal });
    const next = child.getpid();
    controller.abort(new Error("cancelled"));
    await assert.rejects(reading, { message: "cancelled" });
    assert.equal(await next, child.process.pid);
  },
};
