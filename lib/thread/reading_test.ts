/** What a thread answers to who only looks at what would be done, against an agent that the test plays. */
import assert from "node:assert/strict";
import { AF, F, O, S, SIG, SOCK, SockaddrIn } from "../abi/mod.ts";
import { Foresight } from "../agent/mod.ts";
import { FRAME } from "../wire/mod.ts";
import { Command } from "./command.ts";
import { fakeClone, fakeThread } from "./fake_host.ts";
import type { Thread } from "./thread.ts";

const REFUSED = { name: "UnforeseenError" };

Deno.test("who only looks can read what is there, and closes what it has opened", async () => {
  const { agent, thread } = await fakeThread();
  const foresight = new Foresight();
  const reading = foresight.run(() => thread.readTextFile("/etc/hostname"));
  const open = await agent.take(FRAME.CALL);
  agent.reply(open, [7, 3], new TextEncoder().encode("db1"));
  agent.reply(await agent.take(FRAME.CALL), [0]);
  assert.equal(await reading, "db1");
  const link = foresight.run(() => thread.readlink("/etc/hosts"));
  agent.reply(await agent.take(FRAME.CALL), [-22]);
  await assert.rejects(link, { name: "SyscallError" });
  const opening = foresight.run(() => thread.open("/etc/hosts", O.RDONLY));
  agent.reply(await agent.take(FRAME.CALL), [8]);
  await opening;
  const closing = foresight.close();
  agent.reply(await agent.take(FRAME.CALL), [0]);
  await closing;
  assert.equal(foresight.end, undefined);
});

const CHANGES: Readonly<Record<string, (thread: Thread) => Promise<unknown>>> = {
  "openat to write": (thread) => thread.open("/x", O.WRONLY),
  "openat that makes": (thread) => thread.open("/x", O.CREAT),
  "openat that empties": (thread) => thread.open("/x", O.TRUNC),
  writeFile: (thread) => thread.writeFile("/x", "x"),
  mkdir: (thread) => thread.mkdir("/x", S.IRWXU),
  unlink: (thread) => thread.unlink("/x"),
  removeTree: (thread) => thread.removeTree("/x"),
  rename: (thread) => thread.rename("/x", "/y"),
  socket: (thread) => thread.socket(AF.INET, SOCK.STREAM),
  listen: (thread) => thread.listen(new SockaddrIn("127.0.0.1", 0)),
  chdir: (thread) => thread.chdir("/"),
  umask: (thread) => thread.umask(0),
  mkdtemp: (thread) => thread.mkdtemp(),
  clone: (thread) => thread.clone(),
  spawn: (thread) => thread.spawn(new Command("/bin/true")),
  run: (thread) => thread.run("/bin/true"),
  exec: (thread) => thread.exec(new Command("/bin/true")),
  exit: (thread) => thread.exit(),
  "a read from what others have open": (thread) => thread.adopt(9).read(10),
  "a seek in what others have open": (thread) => thread.adopt(9).lseek(0, 0),
  "a close of what others have open": (thread) => thread.adopt(9).close(),
  "fcntl that changes": (thread) => thread.adopt(9).fcntl(F.SETFL, 0),
  "a batch that reads and then changes": (thread) =>
    thread.batch((b) => {
      b.getpid();
      b.umask(0);
    }),
};

for (const [name, change] of Object.entries(CHANGES)) {
  Deno.test(`who only looks changes nothing: ${name}`, async () => {
    const { agent, thread } = await fakeThread();
    const foresight = new Foresight();
    await assert.rejects(foresight.run(() => change(thread)), REFUSED);
    assert.match(foresight.end!.message, /^It cannot be foreseen what comes after this: \w/);
    await assert.rejects(foresight.run(() => thread.getpid()), REFUSED);
    await agent.takeNothing();
  });
}

Deno.test("who only looks sends no signals, and stops nothing", async () => {
  const { agent, thread } = await fakeThread();
  const { child } = await fakeClone(agent, thread);
  await assert.rejects(new Foresight().run(() => child.process.kill(SIG.TERM)), REFUSED);
  await assert.rejects(new Foresight().run(() => child.process[Symbol.asyncDispose]()), REFUSED);
  await agent.takeNothing();
});

Deno.test("others use a thread meanwhile as always", async () => {
  const { agent, thread } = await fakeThread();
  const foresight = new Foresight();
  await assert.rejects(foresight.run(() => thread.umask(0)), REFUSED);
  const changing = thread.umask(0);
  agent.reply(await agent.take(FRAME.CALL), [0o22]);
  assert.equal(await changing, 0o22);
});
