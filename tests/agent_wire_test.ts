/**
 * The agent at the level of frames: what it answers, for each build of it, and that no bytes whatever
 * make it do anything but answer or end the connection. `native/common/wire.h` has the rules.
 */
import assert from "node:assert/strict";
import { abi } from "../lib/abi/mod.ts";
import {
  encodeWords,
  FRAME,
  HEADER_SIZE,
  Int32Ref,
  PSEUDO,
  REPLY,
  STREAM,
  WIRE,
} from "../lib/wire/mod.ts";
import { addExec, each, header, RawAgent, results, SANITIZED } from "./support/raw_agent.ts";
import { EAGAIN, EBADF, EINTR, ENOENT, EPERM, ESRCH } from "./support/errno.ts";

const SIGKILL = 9;

each("says hello and runs a batch in order", async (agent, arch) => {
  const { getpid, lseek } = abi(arch).syscalls;
  const hello = agent.received[0]!;
  assert.equal(hello.type, FRAME.HELLO);
  const { reply } = await agent.call(1, (b) => {
    b.call(getpid, []);
    b.call(lseek, [-1, 0, 0], { proceed: true });
    b.call(lseek, [-1, 0, 0]);
    b.call(getpid, []);
  });
  assert.ok(reply.result(0) > 0);
  assert.deepEqual(results(reply).slice(1), [-EBADF, -EBADF]);
  assert.equal(reply.status, REPLY.RAN);
});

each("links calls by results, patches and outputs", async (agent, arch) => {
  const { pipe2, writev, read, close } = abi(arch).syscalls;
  const { reply, built } = await agent.call(1, (b) => {
    const fds = b.room(8);
    const text = b.put(new TextEncoder().encode("hello"), 3);
    const vector = b.room(16);
    const into = b.room(32);
    b.blobView().setBigUint64(vector.value + 8, 5n, true);
    b.call(pipe2, [fds, 0]);
    b.patchPointer(1, vector.value, text);
    b.call(writev, [new Int32Ref(fds.value + 4), vector, 1]);
    const got = b.call(read, [new Int32Ref(fds.value), into, 32]);
    b.call(close, [new Int32Ref(fds.value)]);
    return [b.output(fds, 8), b.output(into, 32, got)] as const;
  });
  assert.deepEqual(results(reply), [0, 5, 5, 0]);
  assert.equal(new TextDecoder().decode(reply.output(built[1])), "hello");
});

each("executes a program, and keeps a thread whose execve failed", async (agent, arch) => {
  assert.ok(await agent.clone(1, 7) > 0);
  const missing = await agent.call(7, (b) => addExec(arch, b, ["/nonexistent"]));
  assert.deepEqual(results(missing.reply), [-ENOENT]);
  const { reply } = await agent.call(7, (b) => {
    b.call(abi(arch).syscalls.getppid, []);
    addExec(arch, b, ["/bin/sh", "-c", "exit 3"]);
  });
  assert.equal(reply.status, REPLY.EXECUTED);
  assert.equal(reply.done, 2);
  assert.equal(reply.result(1), 0);
  assert.deepEqual(await agent.exit(7), ["exited", 3]);
  const late = await agent.call(7, (b) => void b.call(abi(arch).syscalls.getpid, []));
  assert.equal(late.reply.status, REPLY.NO_THREAD);
});

each("answers for a thread that is killed", async (agent, arch) => {
  await agent.clone(1, 2);
  const seq = await agent.sendCall(2, (b) => {
    b.call(abi(arch).syscalls.getpid, []);
    b.call(abi(arch).syscalls.ppoll, [0, 0, 0, 0, 0]);
  });
  await agent.sendCall(2, (b) => void b.call(abi(arch).syscalls.getpid, []));
  await agent.sendClone(2, 3);
  await agent.sendCall(3, (b) => void b.call(abi(arch).syscalls.getpid, []));
  assert.equal(await agent.signal(2, SIGKILL), 0);
  const gone = await agent.next(FRAME.REPLY, 2);
  assert.equal(gone.seq, seq);
  const status = new DataView(gone.body.buffer).getUint32(4, true);
  assert.ok(status === REPLY.GONE || status === REPLY.NO_THREAD);
  await agent.next(FRAME.REPLY, 2);
  assert.equal(await agent.cloned(3), -ESRCH);
  assert.equal((await agent.next(FRAME.REPLY, 3)).body[4], REPLY.NO_THREAD);
  assert.deepEqual(await agent.exit(2), ["killed", SIGKILL]);
  assert.equal(await agent.signal(2, 0), -ESRCH);
});

each("makes 50 threads at once, with calls on their way behind them", async (agent, arch) => {
  for (let child = 2; child < 52; child++) {
    await agent.sendClone(1, child);
    await agent.sendCall(child, (b) => void b.call(abi(arch).syscalls.getpid, []));
  }
  const pids = new Set<number>();
  for (let child = 2; child < 52; child++) {
    const pid = await agent.cloned(child);
    pids.add(pid);
    const { body } = await agent.next(FRAME.REPLY, child);
    assert.equal(new DataView(body.buffer).getUint32(8, true), pid);
  }
  assert.equal(pids.size, 50);
});

each("interrupts a blocked call, and no other", async (agent, arch) => {
  const { pipe2, read, getpid, close } = abi(arch).syscalls;
  for (let round = 0; round < 20; round++) {
    const blocked = await agent.sendCall(1, (b) => {
      const fds = b.room(8);
      b.call(pipe2, [fds, 0]);
      b.call(read, [new Int32Ref(fds.value), fds, 8], { proceed: true });
      b.call(close, [new Int32Ref(fds.value)]);
      b.call(close, [new Int32Ref(fds.value + 4)]);
    });
    await agent.sendCall(1, (b) => void b.call(getpid, []));
    await agent.send(encodeWords(FRAME.INTERRUPT, 1, blocked, []));
    const { body } = await agent.next(FRAME.REPLY, 1);
    const view = new DataView(body.buffer);
    const first = Number(view.getBigInt64(8, true));
    if (first === -EINTR) assert.equal(view.getUint32(0, true), 1);
    else assert.equal(Number(view.getBigInt64(16, true)), -EINTR);
    const other = await agent.next(FRAME.REPLY, 1);
    assert.ok(new DataView(other.body.buffer).getInt32(8, true) > 0);
  }
});

each("streams both ways, no further than the credit", async (agent, arch) => {
  const { socketpair } = abi(arch).syscalls;
  await agent.call(1, (b) => {
    const pair = b.room(8);
    b.call(socketpair, [1, 1, 0, pair]);
    b.call(PSEUDO.STREAM, [new Int32Ref(pair.value), 5, STREAM.TO_FD, 0]);
    b.call(PSEUDO.STREAM, [new Int32Ref(pair.value + 4), 6, STREAM.FROM_FD, 3]);
  });
  await agent.next(FRAME.CREDIT, 5);
  await agent.send(header(FRAME.WRITE, 5, 0, 8));
  await agent.send(new TextEncoder().encode("abcdefgh"));
  assert.equal(new TextDecoder().decode((await agent.next(FRAME.DATA, 6)).body), "abc");
  await agent.send(encodeWords(FRAME.GRANT, 6, 0, [100]));
  assert.equal(new TextDecoder().decode((await agent.next(FRAME.DATA, 6)).body), "defgh");
  await agent.send(encodeWords(FRAME.CLOSE, 5, 0, []));
  await agent.send(encodeWords(FRAME.CLOSE, 6, 0, []));
  assert.equal((await agent.next(FRAME.END, 5)).body[0], 0);
  assert.equal((await agent.next(FRAME.END, 6)).body[0], 0);
});

each("refuses calls that make processes, and keeps its socket", async (agent, arch) => {
  const { clone, clone3, close_range, close, dup3, getpid } = abi(arch).syscalls;
  const { reply } = await agent.call(1, (b) => {
    b.call(clone, [17, 0, 0, 0, 0], { proceed: true });
    b.call(clone3, [0, 0], { proceed: true });
    for (let fd = 3; fd < 110; fd++) b.call(close, [fd], { proceed: true });
    for (let fd = 3; fd < 110; fd++) b.call(dup3, [0, fd, 0], { proceed: true });
    b.call(close_range, [3, 0xffffffff, 0]);
    b.call(getpid, []);
  });
  assert.deepEqual(results(reply).slice(0, 2), [-EPERM, -EPERM]);
  assert.ok(reply.result(reply.done - 1) > 0);
});

each("removes a tree that is deeper than its descriptors", async (agent, arch) => {
  const { mkdirat, chdir, openat, symlinkat } = abi(arch).syscalls;
  const top = await Deno.makeTempDir();
  const outside = await Deno.makeTempFile();
  const { reply } = await agent.call(1, (b) => {
    const text = (value: string) => b.put(new TextEncoder().encode(value), 1);
    const [root, name, file, link] = [text(`${top}/tree`), text("d"), text("f"), text("l")];
    b.call(mkdirat, [-100, root, 0o700]);
    b.call(chdir, [root]);
    for (let depth = 0; depth < 200; depth++) {
      b.call(openat, [-100, file, 0o101, 0o600]);
      b.call(symlinkat, [text(outside), -100, link]);
      b.call(mkdirat, [-100, name, 0o700]);
      b.call(chdir, [name]);
    }
    b.call(chdir, [text("/")]);
    b.call(PSEUDO.REMOVE_TREE, [-100, root]);
    b.call(PSEUDO.REMOVE_TREE, [-100, root]);
  });
  assert.deepEqual(results(reply).slice(-2), [0, 0]);
  await Deno.stat(outside);
  await Deno.remove(outside);
  await Deno.remove(top);
});

/** Numbers that look random and are the same in every run. */
function* random(seed: number): Generator<number, never> {
  for (let x = seed;;) {
    x = Math.imul(x ^ x >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
    yield (x ^ x >>> 13) >>> 0;
  }
}

Deno.test("sanitized agent takes frames that are split anywhere", async () => {
  const agent = await RawAgent.start(SANITIZED.command);
  const { getpid } = abi("x86_64").syscalls;
  const frame = encodeWords(FRAME.CALL, 1, 9, [1, 0, 0, 0, 0, 0, getpid, ...Array(13).fill(0)]);
  for (let at = 1; at < frame.length; at++) {
    await agent.send(frame.subarray(0, at));
    await agent.send(frame.subarray(at));
    assert.equal((await agent.next(FRAME.REPLY, 1)).body.length, 16);
  }
  await agent.send(frame.subarray(0, 20));
  const { code, stderr, failed } = await agent.end();
  assert.deepEqual([code, stderr, failed], [1, "", "stream that ends within a frame"]);
});

Deno.test("sanitized agent survives flipped bits and random bytes", async () => {
  const { getpid } = abi("x86_64").syscalls;
  const frame = encodeWords(FRAME.CALL, 1, 9, [1, 1, 1, 16, 0, 0, getpid, ...Array(13).fill(0)]);
  const tail = new Uint8Array(new Uint32Array([0, 1, 0, 8, 0, 8, 1, 0, 0, 0, 0, 0]).buffer);
  const valid = new Uint8Array([...frame, ...tail]);
  new DataView(valid.buffer).setUint32(0, valid.length - HEADER_SIZE, true);
  for (let round = 0; round < 120; round++) {
    const next = random(round);
    const agent = await RawAgent.start(SANITIZED.command);
    const bytes = Uint8Array.from(valid);
    if (round % 3 === 2) {
      const noise = Uint8Array.from({ length: 400 }, () => next.next().value);
      await agent.send(noise);
    } else {
      const bit = next.next().value % (round % 3 === 0 ? HEADER_SIZE * 8 : bytes.length * 8);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      await agent.send(bytes);
      await agent.send(valid);
    }
    const { code, stderr } = await agent.end();
    assert.ok(code === 0 || code === 1, `round ${round}: status ${code}`);
    assert.equal(stderr, "", `round ${round}`);
  }
});

Deno.test("sanitized agent bounds what a thread may have unanswered", async () => {
  const { getpid, ppoll } = abi("x86_64").syscalls;
  const agent = await RawAgent.start(SANITIZED.command);
  await agent.sendCall(1, (b) => void b.call(ppoll, [0, 0, 0, 0, 0]));
  for (let i = 0; i < WIRE.MAX_QUEUE; i++) {
    await agent.sendCall(1, (b) => void b.call(getpid, []));
  }
  await agent.next(FRAME.FAIL);
  const { code, stderr, failed } = await agent.end();
  assert.deepEqual(
    [code, stderr, failed],
    [1, "", "more unanswered frames than a thread may have"],
  );
});

Deno.test("sanitized agent refuses to be signalled through a thread that is being made", async () => {
  const agent = await RawAgent.start(SANITIZED.command);
  await agent.sendCall(1, (b) => void b.call(abi("x86_64").syscalls.ppoll, [0, 0, 0, 0, 0]));
  await agent.sendClone(1, 2);
  assert.equal(await agent.signal(2, SIGKILL), -EAGAIN);
  assert.equal((await agent.end()).stderr, "");
});
