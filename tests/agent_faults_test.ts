/**
 * What is wrong with what a program sends: what breaks the stream ends it and names the rule, and nothing
 * else does. A request that makes no sense is answered to whoever asked, and nothing of it is done.
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
  ResultRef,
  STREAM,
  WIRE,
} from "../lib/wire/mod.ts";
import { each, header, NATIVE, RawAgent, SANITIZED } from "./support/raw_agent.ts";
import { EBADF, EBUSY, EEXIST, EINVAL, EOPNOTSUPP, ESRCH } from "./support/errno.ts";

const { getpid, mkdirat, openat, pipe2 } = abi("x86_64").syscalls;
const CLONE_FILES = 0x400;
const CLONE_NEWPID = 0x2000_0000;

/** Frames that break the stream; the agent names the rule and ends. */
const FAULTS: Record<string, () => Uint8Array> = {
  "frame of unknown type": () => header(99, 1, 1, 0),
  "frame longer than any may be": () => header(FRAME.CALL, 1, 1, WIRE.MAX_CALL + 1),
  "frame whose length its type does not have": () => header(FRAME.CLONE, 1, 1, 8),
  "frame for a number out of range": () => header(FRAME.CALL, WIRE.NUMBERS, 1, 24),
  "frame with a sequence number that its type does not have": () => header(FRAME.CLOSE, 1, 1, 0),
  "frame with reserved bytes set": () => header(FRAME.LOOK, 0, 1, 0).fill(1, 5, 6),
  "clone to a number out of range": () =>
    encodeWords(FRAME.CLONE, 1, 1, [WIRE.NUMBERS, 0, 0, 0, 0, 0]),
  "attach that is not the first frame": () =>
    encodeWords(FRAME.ATTACH, 0, 1, [WIRE.MAGIC, 2 | 1 << 16, ...Array(10).fill(0)]),
};

for (const [rule, frame] of Object.entries(FAULTS)) {
  Deno.test(`sanitized agent ends at: ${rule}`, async () => {
    const agent = await RawAgent.start(SANITIZED.command);
    await agent.send(frame());
    await agent.next(FRAME.FAIL);
    assert.deepEqual(await agent.end(), { code: 1, stderr: "", failed: rule });
  });
}

/** A batch whose first call makes a directory, to see whether anything of it was run. */
function mkdirBatch(agent: RawAgent, path: string, spoil: (frame: DataView) => void) {
  return agent.sendCall(1, (b) => {
    b.call(mkdirat, [-100, b.cstring(path), 0o700]);
    b.call(getpid, [new ResultRef(0), 0, 0]);
    b.output(b.room(8), 8);
  }, spoil);
}

const BATCH = HEADER_SIZE;
const CALL_1 = HEADER_SIZE + 24 + 56;
const OUTPUT = CALL_1 + 56;
const SPOILS: Record<string, (frame: DataView) => void> = {
  "batch of too many calls": (f) => f.setUint32(BATCH, 0xffffffff, true),
  "batch whose parts do not add up to its length": (f) => f.setUint32(BATCH, 1, true),
  "batch longer than any may be": (f) => f.setUint32(BATCH + 16, WIRE.MAX_CALL, true),
  "batch with reserved bytes set": (f) => f.setUint32(BATCH + 20, 1, true),
  "call of an unknown number": (f) => f.setUint32(CALL_1, 0x20000, true),
  "call with unknown flags": (f) => f.setUint16(CALL_1 + 4, 8, true),
  "pair of descriptors outside the blob and the room": (f) => f.setUint16(CALL_1 + 4, 4, true),
  "call with more than six argument kinds": (f) => f.setUint16(CALL_1 + 6, 1 << 12, true),
  "argument from a call that is not earlier": (f) => f.setUint32(CALL_1 + 8, 1, true),
  "argument outside the blob and the room": (f) => {
    f.setUint16(CALL_1 + 6, 1, true);
    f.setUint32(CALL_1 + 12, 1, true);
  },
  "output outside the blob and the room": (f) => f.setUint32(OUTPUT, 1 << 16, true),
  "output limited by a call that does not exist": (f) => f.setUint32(OUTPUT + 8, 3, true),
  "output with reserved bytes set": (f) => f.setUint32(OUTPUT + 12, 1, true),
};

for (const [rule, spoil] of Object.entries(SPOILS)) {
  Deno.test(`sanitized agent runs nothing of a batch with: ${rule}`, async () => {
    const path = await Deno.makeTempDir();
    await using agent = await RawAgent.start(SANITIZED.command);
    await mkdirBatch(agent, `${path}/made`, spoil);
    const { body } = await agent.next(FRAME.REPLY, 1);
    assert.equal(body[4], REPLY.REFUSED);
    assert.equal(new TextDecoder().decode(body.subarray(8)), rule);
    await Deno.remove(path);
    const { reply } = await agent.call(1, (b) => b.call(getpid, []));
    assert.equal(reply.status, REPLY.RAN);
  });
}

each("refuses a batch that is shorter than its header, and goes on", async (agent) => {
  await agent.send(encodeWords(FRAME.CALL, 1, 7, [1, 2]));
  const { seq, body } = await agent.next(FRAME.REPLY, 1);
  assert.deepEqual([seq, body[4]], [7, REPLY.REFUSED]);
}, { builds: NATIVE });

each("answers a clone that makes no sense", async (agent) => {
  assert.equal(await agent.clone(1, 2, CLONE_FILES), -EINVAL);
  assert.equal(await agent.clone(1, 1), -EEXIST);
  assert.equal(await agent.clone(9, 2), -ESRCH);
  assert.ok(await agent.clone(1, 2) > 0);
}, { builds: NATIVE });

each("says that a thread of another PID namespace cannot clone", async (agent) => {
  assert.ok(await agent.clone(1, 2, CLONE_NEWPID) > 0);
  assert.equal(await agent.clone(2, 3), -EOPNOTSUPP);
}, { builds: Deno.uid() === 0 ? NATIVE : [] });

each("answers a signal and a stop that make no sense", async (agent) => {
  assert.equal(await agent.signal(1, 0, 2), -EINVAL);
  assert.equal(await agent.signal(1, 99), -EINVAL);
  await agent.sendStop([[{ thread: WIRE.NUMBERS, signal: 15, grace: 0 }]]);
  assert.equal(await agent.result(), -EINVAL);
  await agent.send(encodeWords(FRAME.STOP, 0, 9, [1, 1, 15, 0, 0, 1, 15, 0]));
  assert.equal(await agent.result(), -EINVAL, "levels must ascend");
  assert.equal(await agent.signal(1, 0), 0);
}, { builds: NATIVE });

each("refuses at once what cannot be a stream", async (agent) => {
  const { epoll_create1 } = abi("x86_64").syscalls;
  const { reply } = await agent.call(1, (b) => {
    const fds = b.room(8);
    const stream = (fd: Int32Ref | ResultRef | number, number: number, direction: number) =>
      b.call(PSEUDO.STREAM, [fd, number, direction, 100], { proceed: true });
    const proceed = { proceed: true };
    b.call(pipe2, [fds, 0], proceed);
    const epoll = b.call(epoll_create1, [0], proceed);
    const file = b.call(openat, [-100, b.cstring("/proc/self/exe"), 0], proceed);
    const directory = b.call(openat, [-100, b.cstring("/"), 0], proceed);
    stream(new Int32Ref(fds.value + 4), 1, STREAM.FROM_FD);
    stream(new Int32Ref(fds.value), 1, STREAM.TO_FD);
    stream(new ResultRef(epoll), 1, STREAM.FROM_FD);
    stream(new ResultRef(file), 1, STREAM.FROM_FD);
    stream(new ResultRef(directory), 1, STREAM.FROM_FD);
    stream(-1, 1, STREAM.FROM_FD);
    stream(new Int32Ref(fds.value), WIRE.NUMBERS, STREAM.FROM_FD);
    stream(new Int32Ref(fds.value), 1, STREAM.FROM_FD);
    stream(new Int32Ref(fds.value), 1, STREAM.FROM_FD);
  });
  const answers = Array.from({ length: 9 }, (_, i) => reply.result(4 + i));
  const wrong = [-EBADF, -EBADF, -EINVAL, -EINVAL, -EINVAL, -EBADF, -EINVAL];
  assert.deepEqual(answers, [...wrong, 0, -EBUSY]);
}, { builds: NATIVE });

each("ends a stream that is granted what it cannot have", async (agent) => {
  await agent.call(1, (b) => {
    const fds = b.room(8);
    b.call(pipe2, [fds, 0]);
    b.call(PSEUDO.STREAM, [new Int32Ref(fds.value), 3, STREAM.FROM_FD, 0xffff_ffff]);
  });
  await agent.send(encodeWords(FRAME.GRANT, 3, 0, [1]));
  assert.equal((await agent.next(FRAME.END, 3)).body[0], EINVAL);
}, { builds: NATIVE });
