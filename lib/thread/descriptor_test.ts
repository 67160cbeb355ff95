/** In which table a descriptor means something, and since when. */
import assert from "node:assert/strict";
import { FRAME } from "../wire/mod.ts";
import { callsOf, fakeClone, fakeThread } from "./fake_host.ts";
import "./thread.ts";

Deno.test("a descriptor is used on its own thread only", async () => {
  const { agent, thread } = await fakeThread();
  const { child } = await fakeClone(agent, thread);
  const fd = thread.adopt(5);
  await assert.rejects(child.batch((b) => b.read(fd, 1)), {
    name: "TypeError",
    message: /inherit\(fd\)/,
  });
  await agent.takeNothing();
});

Deno.test("inherit() gives a clone what was open when it was cloned", async () => {
  const { agent, thread } = await fakeThread();
  const before = thread.adopt(5);
  const { child } = await fakeClone(agent, thread);
  const after = thread.adopt(6);
  const inherited = child.inherit(before);
  assert.equal(inherited.number, 5);
  assert.throws(() => child.inherit(after), { name: "TypeError", message: /was not open when/ });
  assert.throws(() => thread.inherit(before), { message: /is not of the thread that/ });
  const { child: grandchild } = await fakeClone(agent, child);
  assert.throws(() => grandchild.inherit(before), { message: /is not of the thread that/ });
  assert.equal(grandchild.inherit(inherited).number, 5);
});

Deno.test("inherit() knows what was closed before the clone, and after it", async () => {
  const { agent, thread } = await fakeThread();
  const [closed, open] = [thread.adopt(5), thread.adopt(6)];
  const closing = closed.close();
  agent.reply(await agent.take(FRAME.CALL), [0]);
  await closing;
  const { child } = await fakeClone(agent, thread);
  assert.throws(() => child.inherit(closed), TypeError);
  const later = open.close();
  agent.reply(await agent.take(FRAME.CALL), [0]);
  await later;
  assert.equal(child.inherit(open).isOpen, true);
});

Deno.test("close() closes once, and the descriptor cannot be used again", async () => {
  const { agent, thread } = await fakeThread();
  const fd = thread.adopt(5);
  const closing = Promise.all([fd.close(), fd.close()]);
  const call = await agent.take(FRAME.CALL);
  assert.deepEqual(callsOf(call), [thread.host.abi.syscalls.close]);
  agent.reply(call, [0]);
  await closing;
  await fd.close();
  await agent.takeNothing();
  await assert.rejects(fd.read(1), {
    name: "TypeError",
    message: "Descriptor 5 of a thread on host fake is closed",
  });
});

Deno.test("close() after the thread or the host is gone does nothing", async () => {
  const { agent, thread } = await fakeThread();
  const { child, number } = await fakeClone(agent, thread);
  const [ofChild, ofThread] = [child.adopt(5), thread.adopt(5)];
  agent.ended(number, 0);
  await ofChild.close();
  await agent.takeNothing();
  agent.end();
  await ofThread.close();
});

Deno.test("a batch that closes a descriptor ends its use at once", async () => {
  const { agent, thread } = await fakeThread();
  const fd = thread.adopt(5);
  const running = thread.batch((b) => {
    b.close(fd);
    assert.throws(() => b.read(fd, 1), TypeError);
  });
  agent.reply(await agent.take(FRAME.CALL), [0]);
  await running;
  assert.equal(fd.isOpen, false);
});

Deno.test("a descriptor is closed only when its close has run", async () => {
  const { agent, thread } = await fakeThread();
  const [pipe, file] = [thread.adopt(5), thread.adopt(6)];
  const running = thread.batch((b) => {
    b.write(pipe, "x");
    b.close(file);
  });
  agent.reply(await agent.take(FRAME.CALL), [-11]);
  await assert.rejects(running, { code: "EAGAIN" });
  assert.equal(file.isOpen, true);
  await assert.rejects(
    thread.batch((b) => {
      b.close(file);
      throw new Error("while it was made");
    }),
    { message: "while it was made" },
  );
  assert.equal(file.isOpen, true);
  const closing = file.close();
  agent.reply(await agent.take(FRAME.CALL), [0]);
  await closing;
  assert.equal(file.isOpen, false);
});
