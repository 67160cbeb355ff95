/** thread.run() when its host is lost, and when something that the command started escapes. */
import assert from "node:assert/strict";
import { Command, localHost } from "bailiwick";
import { HeldClock, systemTest } from "bailiwick/testing";

systemTest("run() does not wait for who escaped with its output", async ({ thread, tmpdir }) => {
  const clock = new HeldClock();
  // In a session of its own and without the environment, nobody knows whose it is.
  const script = "setsid env -i sh -c 'echo $$ >pid; exec sleep 1000' & " +
    "until [ -s pid ]; do sleep 0.01; done; echo said";
  const running = thread.run(new Command("sh", ["-c", script]), { clock, cwd: tmpdir });
  await clock.untilSleeping(1);
  await clock.advance(5000);
  assert.equal((await running).stdout, "said\n");
  const pid = (await thread.readTextFile(tmpdir.join("pid"))).trim();
  await thread.run(new Command("kill", [pid]));
});

systemTest("run() pours standard output into a stream", async ({ thread }) => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const counting = new Command("sh", ["-c", "head -c 3000000 /dev/zero; echo done >&2"]);
  const [read, output] = await Promise.all([
    thread.run(new Command("wc", ["-c"]), { input: readable }),
    thread.run(counting, { stdout: writable, limit: 10 }),
  ]);
  assert.equal(read.stdout.trim(), "3000000");
  assert.deepEqual([output.stdout, output.stderr], ["", "done\n"]);
});

systemTest("run() tells the stream of its output that it failed", async ({ thread }) => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const [read, written] = await Promise.allSettled([
    thread.run("cat", { input: readable }),
    thread.run(new Command("sh", ["-c", "echo some; exit 1"]), { stdout: writable }),
  ]);
  assert.ok(read.status === "rejected" && written.status === "rejected");
  assert.match(`${written.reason}`, /^CommandError: sh .* exited with status 1/);
  assert.equal(read.reason, written.reason);
});

systemTest("run() ends a command whose output's stream fails", async ({ thread }) => {
  const reason = new Error("full");
  const stdout = new WritableStream({ write: () => Promise.reject(reason) });
  await assert.rejects(thread.run("yes", { stdout }), reason);
});

systemTest("run() is ended in its time when the stream of its output hangs", async ({ thread }) => {
  const stdout = new WritableStream({ write: () => new Promise(() => {}) });
  await assert.rejects(thread.run("yes", { stdout, timeout: 100 }), {
    name: "CommandError",
    problem: "did not end within 0.1 s",
  });
});

Deno.test("run() says that its host was lost meanwhile", async () => {
  const host = await localHost();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const command = new Command("sh", ["-c", "echo up; sleep 1000"]);
  const running = host.thread.run(command, { stdout: writable });
  running.catch(() => {});
  const first = await readable.getReader().read();
  assert.equal(new TextDecoder().decode(first.value), "up\n");
  await host.close();
  await assert.rejects(running, { name: "HostLostError" });
});

systemTest(
  "run() is not disturbed by input that an earlier one did not read",
  async ({ thread }) => {
    // What is still to be sent when a command ends must not reach the streams of the next one.
    const input = new Uint8Array(4 << 20);
    for (let round = 0; round < 60; round++) {
      const script = round % 2 === 0 ? "echo done" : "exec 0<&-; echo done";
      const { stdout } = await thread.run(new Command("sh", ["-c", script]), { input });
      assert.equal(stdout, "done\n");
    }
  },
);
