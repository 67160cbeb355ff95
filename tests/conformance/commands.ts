/** Commands that are run to their end: thread.run(). */
import assert from "node:assert/strict";
import { Command, CommandError, O, type Path, Secret, type Thread } from "bailiwick";
import type { Checks } from "./checks.ts";

const MIB = 1 << 20;

function sh(script: string): Command {
  return new Command("/bin/sh", ["-c", script]);
}

async function failure(run: Promise<unknown>): Promise<CommandError> {
  const error = await run.then(() => assert.fail("It did not fail"), (error) => error);
  assert.ok(error instanceof CommandError, `${error}`);
  return error;
}

/** Whether a process runs: what ended is reaped. */
async function isThere(thread: Thread, pid: number): Promise<boolean> {
  const stat = await thread.readTextFile(`/proc/${pid}/stat`).catch(() => undefined);
  return stat !== undefined && !stat.includes(") Z");
}

/** The process that a command says it is, in the file `pid`. */
async function written(thread: Thread, cwd: Path): Promise<number> {
  const waiting = sh("until [ -s pid ]; do sleep 0.01; done; cat pid");
  return Number((await thread.run(waiting, { cwd, timeout: 30_000 })).stdout);
}

export const commandChecks: Checks = {
  "run() has what a command wrote, apart, and how it ended": async ({ thread }) => {
    const output = await thread.run(sh("echo out; echo err >&2; printf '\\377'"));
    assert.equal(output.stdout, "out\n\ufffd");
    assert.equal(output.stderr, "err\n");
    assert.deepEqual(output.lines, ["out", "\ufffd"]);
    assert.deepEqual(output.stdoutBytes, Uint8Array.from([111, 117, 116, 10, 255]));
    assert.deepEqual(output.stderrBytes, new TextEncoder().encode("err\n"));
    assert.equal(`${output.status}`, "exited with status 0");
    assert.deepEqual((await thread.run("true")).lines, []);
  },
  "run() feeds a command, and one that is fed nothing reads nothing": async (
    { thread, tmpdir },
  ) => {
    const cat = new Command("cat");
    assert.equal((await thread.run(cat, { input: "text" })).stdout, "text");
    assert.equal((await thread.run(cat)).stdout, "");
    const bytes = crypto.getRandomValues(new Uint8Array(65536));
    const pieces = Array.from({ length: 48 }, () => bytes.slice());
    const output = await thread.run(cat, { input: ReadableStream.from(pieces) });
    assert.equal(output.stdoutBytes.length, 3 * MIB);
    assert.ok(output.stdoutBytes.subarray(-65536).every((byte, at) => byte === bytes[at]));
    const options = { cwd: tmpdir, environment: { A: "1" }, umask: 0o77 };
    assert.deepEqual((await thread.run(sh("pwd -P; echo $A; umask"), options)).lines, [
      ...[`${tmpdir}`, "1", "0077"],
    ]);
  },
  "run() does not mind a command that reads nothing of much input": async ({ thread }) => {
    const input = new Uint8Array(4 * MIB);
    assert.equal((await thread.run(sh("echo done"), { input })).stdout, "done\n");
    const closing = sh("exec 0<&-; sleep 0.05; echo closed");
    assert.equal((await thread.run(closing, { input })).stdout, "closed\n");
  },
  "run() fails with the end of standard error, or takes any end": async ({ thread }) => {
    const script = sh('for i in $(seq 40); do echo "line $i" >&2; done; echo out; exit 3');
    const error = await failure(thread.run(script));
    const { name } = thread.host;
    assert.match(
      error.message,
      /^\/bin\/sh -c '.*' on host .* exited with status 3; standard error ends with:\nline 31\n/,
    );
    assert.ok(error.message.includes(`on host ${name} `) && error.message.endsWith("\nline 40"));
    assert.ok(error.output?.stderr.startsWith("line 1\n"));
    assert.equal(error.output?.stdout, "out\n");
    const { status, stdout } = await thread.run(script, { anyStatus: true });
    assert.deepEqual([status.status, stdout], [3, "out\n"]);
    const silent = await failure(thread.run(sh("echo sorry; exit 1")));
    assert.match(silent.message, /exited with status 1; standard output: sorry$/);
    assert.match((await failure(thread.run("false"))).message, /status 1, and wrote nothing$/);
  },
  "run() tells the signal that killed a command": async ({ thread }) => {
    const script = sh("echo 'last words' >&2; kill -SEGV $$");
    const error = await failure(thread.run(script, { limits: { core: 0 } }));
    assert.match(error.message, /killed by SIGSEGV; standard error: last words$/);
    assert.equal((await thread.run(script, { anyStatus: true })).status.kind, "killed");
  },
  "run() says that a command is missing": async ({ thread }) => {
    const run = thread.run(new Command("no-such-command"));
    await assert.rejects(run, { name: "SyscallError", code: "ENOENT" });
  },
  "run() ends a command that writes more than its limit": async ({ thread }) => {
    const error = await failure(thread.run(sh("echo $$ >&2; exec yes"), { limit: 100_000 }));
    assert.match(error.message, /wrote more than 100000 bytes to standard output, the limit/);
    assert.equal(error.output?.stdoutBytes.length, 100_000);
    assert.equal(await isThere(thread, Number(error.output.stderr)), false);
    const exact = await thread.run(sh("printf 12345"), { limit: 5 });
    assert.equal(exact.stdout, "12345");
  },
  "run() ends a command and all that it started when its time is over": async ({ thread }) => {
    const script = sh(
      "sleep 1000 & echo $$ $!; echo slow >&2; trap 'echo bye >&2; exit' TERM; wait",
    );
    const error = await failure(thread.run(script, { timeout: 300 }));
    assert.match(error.message, /did not end within 0.3 s; standard error ends with:\nslow\nbye$/);
    for (const pid of error.output!.stdout.trim().split(" ")) {
      assert.equal(await isThere(thread, Number(pid)), false, pid);
    }
    const stubborn = sh("trap '' TERM; echo $$; while :; do sleep 0.01; done");
    const killed = await failure(thread.run(stubborn, { timeout: 100, stop: { grace: 20 } }));
    assert.equal(`${killed.output?.status}`, "killed by SIGKILL");
  },
  "run() ends a command when its signal is aborted": async ({ thread, tmpdir }) => {
    const aborting = new AbortController();
    const reason = new Error("no more");
    let pid = 0;
    const input = (async function* () {
      pid = await written(thread, tmpdir);
      aborting.abort(reason);
      yield new Uint8Array();
    })();
    const options = { input, cwd: tmpdir, signal: aborting.signal };
    await assert.rejects(thread.run(sh("echo $$ > pid; sleep 1000; :"), options), reason);
    assert.equal(await isThere(thread, pid), false);
  },
  "run() ends a command whose input fails": async ({ thread, tmpdir }) => {
    let pid = 0;
    const input = (async function* () {
      yield new TextEncoder().encode("half");
      pid = await written(thread, tmpdir);
      throw new RangeError("no more input");
    })();
    const script = sh("echo $$ > pid; cat; exec sleep 1000");
    await assert.rejects(thread.run(script, { input, cwd: tmpdir }), { message: "no more input" });
    assert.equal(await isThere(thread, pid), false);
  },
  "run() is over when its command is, whoever has its output open": async ({ thread }) => {
    const { stdout, status } = await thread.run(sh("sleep 1000 & echo $!"));
    assert.equal(await isThere(thread, Number(stdout)), false);
    assert.equal(status.swept, 1);
  },
  "run() shows no secret in its errors": async ({ thread }) => {
    const secrets = { TOKEN: new Secret("correct horse") };
    const error = await failure(thread.run(sh("cat $TOKEN >&2; exit 1"), { secrets }));
    assert.match(error.message, /status 1; standard error: \(a secret\)$/);
    assert.ok(!Deno.inspect(error).includes("correct horse"));
    const cut = await failure(thread.run(sh("cat $TOKEN"), { secrets, limit: 9 }));
    assert.match(cut.message, /wrote more than 9 bytes .*: \(a secret\)$/);
  },
  "run() refuses options that are out of range": async ({ thread }) => {
    await assert.rejects(thread.run("true", { limit: -1 }), RangeError);
    await using nothing = await thread.open("/dev/null", O.RDONLY);
    await assert.rejects(thread.run("cat", { input: "x", fds: { 0: nothing } }), {
      message: "Descriptor 0 is named twice",
    });
    await assert.rejects(thread.run("true", { timeout: NaN }), RangeError);
    const { message, output } = await failure(thread.run("true", { timeout: 0 }));
    assert.match(message, /^true on host .* did not end within 0 s/);
    assert.equal(output?.stdout ?? "", "");
  },
};
