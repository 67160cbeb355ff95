/** Calls as values: one definition, used in every way; and callers' mistakes, told before anything is sent. */
import assert from "node:assert/strict";
import { CLONE } from "../abi/mod.ts";
import { FRAME } from "../wire/mod.ts";
import { Call, defineCall, defineDescriptorCall } from "./call.ts";
import * as calls from "./calls/mod.ts";
import { callsOf, fakeThread } from "./fake_host.ts";
import { Batch } from "./batch.ts";
import { FileDescriptor } from "./descriptor.ts";
import { SyscallThread } from "./runner.ts";

const getpgrp = defineCall(
  "getpgrp",
  1,
  (e, pid: number) => e.call("getpgid", [pid], { what: `get the group of ${pid}` }),
);
const syncfs = defineDescriptorCall(
  "syncfs",
  0,
  (e, fd) => e.call("syncfs", [fd], { what: () => `sync ${e.label(fd)}` }),
);

Deno.test("a call of one's own runs alone, in a batch and on a descriptor", async () => {
  const { agent, thread } = await fakeThread();
  const { getpgid, getpid, syncfs: sync } = thread.host.abi.syscalls;
  const answered = async (expected: number[], results: number[]) => {
    const call = await agent.take(FRAME.CALL);
    assert.deepEqual(callsOf(call), expected);
    agent.reply(call, results);
  };
  const alone = thread.call(getpgrp(7));
  await answered([getpgid], [70]);
  assert.equal(await alone, 70);
  const together = thread.batch((b) => [b.add(getpgrp(7)), b.getpid()] as const);
  await answered([getpgid, getpid], [70, 101]);
  assert.deepEqual(await together, [70, 101]);
  const onDescriptor = thread.adopt(5).call(syncfs);
  await answered([sync], [-5]);
  await assert.rejects(onDescriptor, { message: /^Cannot sync descriptor 5: / });
});

Deno.test("every call is a method of batches, and of threads or descriptors", () => {
  for (const [name, call] of Object.entries(calls)) {
    assert.ok(name in Batch.prototype, name);
    const method = name === "fstat" ? "stat" : name;
    const Class = "onDescriptor" in call ? FileDescriptor : SyscallThread;
    assert.ok(method in Class.prototype, `${name} of ${Class.name}`);
  }
});

Deno.test("a method takes how it may be ended after the call's own arguments", async () => {
  const { agent, thread } = await fakeThread();
  const stop = new AbortController();
  const opening = thread.open("/fifo", 0, 0, { signal: stop.signal });
  const call = await agent.take(FRAME.CALL);
  stop.abort("stop");
  await agent.take(FRAME.INTERRUPT);
  agent.reply(call, [-4]);
  assert.equal(await opening.catch((reason) => reason), "stop");
  await assert.rejects(
    thread.adopt(5).read(1, { signal: AbortSignal.abort("early") }),
    (reason) => {
      assert.equal(reason, "early");
      return true;
    },
  );
});

Deno.test("a call is data", () => {
  assert.ok(calls.umask(0o077) instanceof Call);
  assert.equal(JSON.stringify(calls.umask(0o077)), '{"call":"umask","arguments":[63]}');
  assert.equal(
    JSON.stringify(calls.setsid().tried()),
    '{"call":"setsid","arguments":[],"mayFail":true}',
  );
});

Deno.test("a caller's mistake is told before anything is sent", async () => {
  const { agent, thread } = await fakeThread();
  const fd = thread.adopt(5);
  const mistakes: Record<string, () => Promise<unknown>> = {
    "read(-1)": () => fd.read(-1),
    "read(NaN)": () => fd.read(NaN),
    "read(1.5)": () => fd.read(1.5),
    "read(2 MiB)": () => fd.read(2 << 20),
    "pread at -1": () => fd.pread(1, -1),
    "ftruncate(-1)": () => fd.ftruncate(-1),
    "lseek(NaN)": () => fd.lseek(NaN, 0),
    "listen(-1)": () => fd.listen(-1),
    "nanosleep(-1)": () => thread.nanosleep(-1),
    "poll(NaN)": () => thread.poll([], NaN),
    "sigmask([0])": () => thread.sigmask([0]),
    "seven arguments": () => thread.syscall("getpid", 1, 2, 3, 4, 5, 6, 7),
    "receiveDescriptors of 254": () => fd.receiveDescriptors(1, 254),
    "sendDescriptors of nothing": () => fd.sendDescriptors(new Uint8Array(0), [fd]),
    "CLONE.FILES": () => thread.clone(CLONE.FILES),
    "clone(NaN)": () => thread.clone(NaN),
    "a call that there is not": () => thread.syscall("nope" as "getpid"),
    "call -1": () => thread.syscall(-1),
    "an empty path": () => Promise.try(() => thread.path("")),
  };
  for (const [name, make] of Object.entries(mistakes)) {
    await assert.rejects(Promise.try(make), RangeError, name);
  }
  await agent.takeNothing();
});

Deno.test("what is missing, or has a wrong type, is told before anything is sent", async () => {
  const { agent, thread } = await fakeThread();
  // What a program that was not type-checked may pass.
  const missing = undefined as never;
  const mistakes: Record<string, [() => Promise<unknown>, RegExp]> = {
    "no descriptor": [() => thread.call(calls.read(missing, 5)), /Argument 1 of read .*undefined/],
    "a word": [() => thread.call(calls.read("0" as never, 5)), /Argument 1 of read .*not "0"/],
    "no argument": [() => thread.syscall("read", 0, missing), /Argument 2 of read .*undefined/],
    "no path": [() => thread.readTextFile(missing), /path or string for the kernel .*undefined/],
    "a path of null": [() => thread.chdir(null as never), /path or string for the kernel .*null/],
    "a path of 5": [() => thread.open(5 as never, 0), /path or string for the kernel .*number/],
  };
  for (const [name, [make, message]] of Object.entries(mistakes)) {
    await assert.rejects(Promise.try(make), { name: "TypeError", message }, name);
  }
  await agent.takeNothing();
});
