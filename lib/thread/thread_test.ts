/** Threads and processes against an agent that the test plays. */
import assert from "node:assert/strict";
import { SIG } from "../abi/mod.ts";
import { childOf, replyFrame, turn } from "../agent/fake_agent.ts";
import { CAUSE, END, FRAME, type Frame, PSEUDO, REPLY } from "../wire/mod.ts";
import { mkdir } from "./calls/stat.ts";
import { ChildProcess, WaitStatus } from "./child_process.ts";
import { Command } from "./command.ts";
import { callsOf, fakeClone, fakeThread, stringsOf } from "./fake_host.ts";
import { stopOf } from "./stop.ts";

const EINTR = 4;
const ENOENT = 2;

function signalOf({ body }: Frame): number {
  return new DataView(body.buffer).getUint32(0, true);
}

Deno.test("spawn() clones, prepares and executes in one write", async () => {
  const { agent, thread } = await fakeThread();
  const { chdir, pipe2, dup3, setsid, execve } = thread.host.abi.syscalls;
  agent.writes = 0;
  const command = new Command("true", ["--now"], { HOME: undefined, A: "1" });
  const spawning = thread.spawn(command, { cwd: "/srv/x", ready: 7, name: "truth" });
  const clone = await agent.take(FRAME.CLONE);
  const call = await agent.take(FRAME.CALL);
  assert.equal(agent.writes, 1);
  assert.equal(call.id, childOf(clone));
  const calls = callsOf(call);
  assert.deepEqual(calls.slice(0, 3), [PSEUDO.ENSURE_DIRECTORY, chdir, pipe2]);
  assert.deepEqual(calls.slice(-3), [setsid, execve, execve]);
  assert.equal(calls.filter((nr) => nr === dup3).length, 3);
  assert.equal(calls.filter((nr) => nr === PSEUDO.STREAM).length, 2);
  const strings = stringsOf(call);
  for (const text of ["/srv/x", "/usr/bin/true", "/bin/true", "--now", "A=1"]) {
    assert.ok(strings.includes(text), text);
  }
  assert.ok(!strings.some((text) => text.startsWith("HOME=")));
  agent.cloned(clone, 4711);
  agent.send(replyFrame(call, calls.map(() => 0), { status: REPLY.EXECUTED }));
  const child = await spawning;
  assert.deepEqual([child.pid, child.name], [4711, "truth"]);
  agent.end();
  await assert.rejects(child.ready, { name: "HostLostError" });
});

Deno.test("spawn() that fails on its way says where, and ends the clone", async () => {
  const { agent, thread } = await fakeThread();
  const spawning = thread.spawn(new Command("/bin/true"), { cwd: "/missing/x", log: false });
  const clone = await agent.take(FRAME.CLONE);
  const call = await agent.take(FRAME.CALL);
  agent.cloned(clone, 4711);
  agent.reply(call, [-ENOENT, -ENOENT]);
  const signal = await agent.take(FRAME.SIGNAL);
  assert.deepEqual([signal.id, signalOf(signal)], [childOf(clone), SIG.KILL]);
  agent.result(signal, 0);
  agent.ended(signal.id, SIG.KILL, END.KILLED);
  const total = callsOf(call).length;
  await assert.rejects(spawning, {
    name: "SyscallError",
    message:
      "Cannot change directory to /missing/x: no such file or directory (ENOENT) in chdir, " +
      `call 2 of ${total}, host fake`,
  });
});

Deno.test("spawn() whose clone fails leaves nothing to end", async () => {
  const { agent, thread } = await fakeThread();
  const spawning = thread.spawn(new Command("/bin/true"));
  agent.cloned(await agent.take(FRAME.CLONE), -11);
  agent.send(replyFrame(await agent.take(FRAME.CALL), [], { status: REPLY.NO_THREAD }));
  await assert.rejects(spawning, { name: "SyscallError", syscall: "clone", code: "EAGAIN" });
  await agent.takeNothing();
});

Deno.test("exec() refuses descriptors that cannot be given", async () => {
  const { agent, thread } = await fakeThread();
  const foreign = thread.adopt(5);
  const { child } = await fakeClone(agent, thread);
  const own = child.inherit(foreign);
  const command = new Command("/bin/true");
  await assert.rejects(child.exec(command, { fds: { 3: foreign } }), TypeError);
  const missing = undefined as never;
  await assert.rejects(child.exec(command, { fds: { 4: missing } }), {
    name: "TypeError",
    message: "Descriptor 4 of true is undefined",
  });
  await assert.rejects(child.exec(command, { fds: { 3: own }, ready: 3 }), RangeError);
  for (const target of [-1, 1.5, 4096]) {
    await assert.rejects(child.exec(command, { fds: { [target]: own } }), RangeError);
  }
  await agent.takeNothing();
});

Deno.test("a batch names the call that failed, and its place", async () => {
  const { agent, thread } = await fakeThread();
  const running = thread.batch((b) => {
    b.getpid();
    b.unlink("/no/file");
    b.getpid();
  });
  agent.reply(await agent.take(FRAME.CALL), [101, -ENOENT]);
  await assert.rejects(running, {
    name: "SyscallError",
    message: "Cannot remove /no/file: no such file or directory (ENOENT) in unlinkat, " +
      "call 2 of 3, host fake",
  });
});

Deno.test("a call that may fail does not end its batch", async () => {
  const { agent, thread } = await fakeThread();
  const running = thread.batch((b) => {
    const made = b.add(mkdir("/there", 0o700).tried());
    return { made, pid: b.getpid() };
  });
  agent.reply(await agent.take(FRAME.CALL), [-17, 101]);
  assert.deepEqual(await running, { made: undefined, pid: 101 });
});

Deno.test("a call on a thread that ended says whether it may have happened", async () => {
  const { agent, thread } = await fakeThread();
  for (const [status, outcomeUnknown] of [[REPLY.GONE, true], [REPLY.NO_THREAD, false]] as const) {
    const call = thread.unlink("/file");
    agent.send(replyFrame(await agent.take(FRAME.CALL), [], { status }));
    await assert.rejects(call, {
      name: "ThreadEndedError",
      message: /^Cannot remove \/file: the thread on host fake /,
      outcomeUnknown,
    });
  }
});

Deno.test("an aborted call throws the signal's reason, unless it was done by then", async () => {
  const { agent, thread } = await fakeThread();
  for (const [result, expected] of [[-EINTR, "stop"], [7, 7]] as const) {
    const stop = new AbortController();
    const call = thread.batch((b) => b.getppid(), { signal: stop.signal });
    const frame = await agent.take(FRAME.CALL);
    stop.abort("stop");
    await agent.take(FRAME.INTERRUPT);
    agent.reply(frame, [result]);
    assert.equal(await call.catch((reason) => reason), expected);
  }
});

Deno.test("EINTR without an abort is an error like any other", async () => {
  const { agent, thread } = await fakeThread();
  const call = thread.nanosleep(1);
  agent.reply(await agent.take(FRAME.CALL), [-EINTR]);
  await assert.rejects(call, { name: "SyscallError", code: "EINTR" });
});

Deno.test("a string with NUL never reaches the kernel", async () => {
  const { agent, thread } = await fakeThread();
  await assert.rejects(thread.unlink("/etc\0/x"), RangeError);
  await agent.takeNothing();
});

Deno.test("wait() and waitFor() settle with what happened", async () => {
  const { agent, thread } = await fakeThread();
  const { child, number } = await fakeClone(agent, thread);
  const { process } = child;
  const [stopped, ended] = [process.waitFor(["stopped"]), process.wait()];
  agent.changed(number, SIG.STOP, true);
  assert.equal(`${await stopped}`, "stopped by SIGSTOP");
  assert.equal(process.status, undefined);
  const continued = process.waitFor(["continued"]);
  agent.ended(number, 3);
  assert.equal(`${await continued}`, "exited with status 3");
  assert.equal(await ended, process.status);
  assert.equal(`${await process.waitFor(["stopped"])}`, "exited with status 3");
  assert.equal(child.isUsable, false);
});

Deno.test("wait() throws its signal's reason, and the process goes on", async () => {
  const { agent, thread } = await fakeThread();
  const { child, number } = await fakeClone(agent, thread);
  const stop = new AbortController();
  const waiting = child.process.wait({ signal: stop.signal });
  stop.abort("stop");
  assert.equal(await waiting.catch((reason) => reason), "stop");
  agent.ended(number, 0);
  assert.ok((await child.process.wait()).isClean);
});

Deno.test("terminate() asks for its stop, as it was told to, and tells how that went", async () => {
  const { agent, thread } = await fakeThread();
  for (const [name, cause] of [["stopped", CAUSE.STOPPED], ["forced", CAUSE.FORCED]] as const) {
    const { child, number } = await fakeClone(agent, thread);
    const ending = child.process.terminate({ signal: SIG.INT, grace: 1500, group: false });
    const stop = await agent.take(FRAME.STOP);
    assert.deepEqual([...new Uint32Array(stop.body.slice().buffer)], [
      0,
      number,
      SIG.INT | 1 << 16,
      1500,
    ]);
    agent.ended(number, SIG.KILL, END.KILLED, { cause, swept: 2 });
    agent.result(stop, 0);
    const status = await ending;
    assert.deepEqual([`${status}`, status.cause, status.swept], ["killed by SIGKILL", name, 2]);
    assert.equal(await child.process.terminate(), status);
    await agent.takeNothing();
  }
});

Deno.test("ChildProcess.stop() asks once for all levels, without those that have ended", async () => {
  const { agent, thread } = await fakeThread();
  const clones = [];
  for (let i = 0; i < 3; i++) clones.push(await fakeClone(agent, thread));
  const [first, second, third] = clones.map(({ child: { process }, number }) => ({
    process,
    number,
  }));
  agent.ended(first!.number, 0);
  await turn();
  const levels = [[first!], [second!], [third!]];
  const stopping = ChildProcess.stop(levels.map((level) => {
    return level.map(({ process }) => ({ process, ...stopOf({ grace: Infinity }) }));
  }));
  const { body, ...stop } = await agent.take(FRAME.STOP);
  const forever = 2 ** 32 - 1;
  assert.deepEqual(
    [...new Uint32Array(body.slice().buffer)],
    [[0, second!.number, SIG.TERM, forever], [1, third!.number, SIG.TERM, forever]].flat(),
  );
  agent.result({ body, ...stop }, 0);
  await stopping;
  await ChildProcess.stop([]);
  await agent.takeNothing();
});

Deno.test("waitFor() ends with its host, and is forgotten when it is aborted", async () => {
  const { agent, thread } = await fakeThread();
  const { child, number } = await fakeClone(agent, thread);
  const stop = new AbortController();
  const aborted = child.process.waitFor(["stopped"], { signal: stop.signal });
  stop.abort("enough");
  assert.equal(await aborted.catch((reason) => reason), "enough");
  const waiting = child.process.waitFor(["stopped"]);
  agent.changed(number, SIG.STOP, true);
  assert.equal(`${await waiting}`, "stopped by SIGSTOP");
  const lost = assert.rejects(child.process.waitFor(["stopped"]), { name: "HostLostError" });
  agent.end();
  await lost;
  await assert.rejects(child.process.waitFor(["stopped"]), { name: "HostLostError" });
});

Deno.test("what is asked of a process that has ended never reaches another with its number", async () => {
  const { agent, thread } = await fakeThread();
  const { child, number } = await fakeClone(agent, thread);
  agent.ended(number, 0);
  await turn();
  const other = await fakeClone(agent, thread);
  assert.equal(other.number, number);
  await assert.rejects(child.process.kill(SIG.KILL), (error: Error) => {
    assert.match(error.message, /^Cannot send SIGKILL to thread \d+: no such process \(ESRCH\)/);
    return true;
  });
  const ended = { name: "ThreadEndedError", outcomeUnknown: false };
  await assert.rejects(child.getpid(), ended);
  await assert.rejects(child.clone(), ended);
  await assert.rejects(child.spawn(new Command("/bin/true")), ended);
  await agent.takeNothing();
});

Deno.test("disposing a thread kills it, and one that ended is left alone", async () => {
  const { agent, thread } = await fakeThread();
  const { child, number } = await fakeClone(agent, thread);
  const disposing = child[Symbol.asyncDispose]();
  const kill = await agent.take(FRAME.SIGNAL);
  assert.deepEqual([kill.id, signalOf(kill)], [number, SIG.KILL]);
  agent.result(kill, 0);
  agent.ended(number, SIG.KILL, END.KILLED);
  await disposing;
  await child[Symbol.asyncDispose]();
  await agent.takeNothing();
});

Deno.test("WaitStatus says what happened in words", () => {
  const words = [
    ["exited", 0, "exited with status 0"],
    ["exited", 255, "exited with status 255"],
    ["killed", 9, "killed by SIGKILL"],
    ["dumped", 11, "killed by SIGSEGV (core dumped)"],
    ["stopped", 19, "stopped by SIGSTOP"],
    ["continued", 18, "continued by SIGCONT"],
    ["killed", 40, "killed by signal 40"],
  ] as const;
  for (const [kind, status, expected] of words) {
    const times = { userTime: 1500, systemTime: 0, maxRss: 0 };
    const end = { instance: 7n, time: 5, cause: "itself", swept: 0 } as const;
    const result = new WaitStatus({ kind, status, ...end, ...times });
    assert.equal(`${result}`, expected);
    assert.equal(result.isEnd, !["stopped", "continued"].includes(kind));
    assert.equal(result.isClean, expected === "exited with status 0");
    assert.equal(result.userTime, 1.5);
  }
});

Deno.test("readFile() of a small file sends less than 500 bytes", async () => {
  const { agent, thread } = await fakeThread();
  const { taken } = agent;
  const reading = thread.readFile("/etc/hostname");
  const call = await agent.take(FRAME.CALL);
  assert.ok(agent.taken - taken < 500, `${agent.taken - taken} bytes`);
  agent.reply(call, [3, 4], new TextEncoder().encode("db1\n"));
  const close = await agent.take(FRAME.CALL);
  agent.reply(close, [0]);
  assert.equal(new TextDecoder().decode(await reading), "db1\n");
});
