/** What a batch may have beside its calls: room, strings, descriptors that it opens, and pseudo calls. */
import assert from "node:assert/strict";
import { abi } from "../lib/abi/mod.ts";
import {
  type BatchEncoder,
  encodeWords,
  FRAME,
  Int32Ref,
  PSEUDO,
  Reply,
  ResultRef,
  WIRE,
} from "../lib/wire/mod.ts";
import { addExec, each, NATIVE, type RawAgent, results } from "./support/raw_agent.ts";
import { EBADF, EEXIST, EINTR, ENOENT, ENOTDIR } from "./support/errno.ts";

const { close, dup3, fcntl, mkdirat, openat, pipe2, read, lseek } = abi("x86_64").syscalls;
const AT_FDCWD = -100;
const F_DUPFD = 0;

/** The descriptors of the agent's first thread, which has done then all that it does unasked. */
async function descriptors(agent: RawAgent & { hello: { host: { threadPid: number } } }) {
  await agent.call(1, (b) => b.call(lseek, [-1, 0, 0]));
  const found: string[] = [];
  for await (const { name } of Deno.readDir(`/proc/${agent.hello.host.threadPid}/fd`)) {
    found.push(name);
  }
  return found.sort();
}

each("reads into room that was not sent", async (agent, arch) => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "hello");
  const syscalls = abi(arch).syscalls;
  let sent = 0;
  const { reply, built } = await agent.call(1, (b) => {
    const into = b.space(1 << 19);
    const file = b.call(syscalls.openat, [AT_FDCWD, b.cstring(path), 0], { opens: "result" });
    const got = b.call(syscalls.read, [new ResultRef(file), into, 1 << 19]);
    sent = b.blobView().byteLength;
    return b.output(into, 1 << 19, got);
  });
  assert.equal(reply.result(1), 5);
  assert.equal(new TextDecoder().decode(reply.output(built)), "hello");
  assert.ok(sent < 500);
  await Deno.remove(path);
});

each("runs a call of 8 MiB that comes alone, and small ones after it", async (agent) => {
  const bytes = new Uint8Array(WIRE.MAX_CALL - 4096).fill(7);
  const path = await Deno.makeTempFile();
  for (let round = 0; round < 3; round++) {
    const { reply } = await agent.call(1, (b) => {
      const file = b.call(openat, [AT_FDCWD, b.cstring(path), 1]);
      b.call(PSEUDO.WRITE_ALL, [new ResultRef(file), b.put(bytes), bytes.length]);
      b.call(close, [new ResultRef(file)]);
    });
    assert.equal(reply.result(1), bytes.length);
    assert.equal((await agent.call(1, (b) => void b.call(lseek, [-1, 0, 0]))).reply.done, 1);
  }
  await Deno.remove(path);
}, { builds: NATIVE });

each("takes 200,000 arguments", async (agent, arch) => {
  await agent.clone(1, 2);
  const argv = ["/bin/sh", "-c", "exit $(($# > 199999))", "sh", ...Array(200_000).fill("a")];
  await agent.sendCall(2, (b) => addExec(arch, b, argv));
  await agent.next(FRAME.REPLY, 2);
  assert.deepEqual(await agent.exit(2), ["exited", 1]);
}, { builds: NATIVE });

/** Batches that fail after they have opened something. */
const LEAKS: Record<string, (b: BatchEncoder) => void> = {
  "a result": (b) => b.call(openat, [AT_FDCWD, b.cstring("/"), 0], { opens: "result" }),
  "a pair": (b) => b.call(pipe2, [b.room(8), 0], { opens: { pair: 0 } }),
  "a pair, one of which the batch closed itself": (b) => {
    const fds = b.room(8);
    b.call(pipe2, [fds, 0], { opens: { pair: 0 } });
    b.call(close, [new Int32Ref(fds.value)]);
  },
  "one whose number was closed and taken again": (b) => {
    const first = b.call(openat, [AT_FDCWD, b.cstring("/"), 0], { opens: "result" });
    b.call(close, [new ResultRef(first)]);
    b.call(openat, [AT_FDCWD, b.cstring("/"), 0], { opens: "result" });
  },
  "one that another was put over": (b) => {
    const first = b.call(openat, [AT_FDCWD, b.cstring("/"), 0], { opens: "result" });
    b.call(dup3, [0, new ResultRef(first), 0], { opens: "result" });
  },
};

for (const [what, open] of Object.entries(LEAKS)) {
  each(`closes what a failed batch has opened: ${what}`, async (agent) => {
    const before = await descriptors(agent);
    for (let round = 0; round < 50; round++) {
      const { reply } = await agent.call(1, (b) => {
        open(b);
        b.call(lseek, [-1, 0, 0]);
      });
      assert.equal(reply.result(reply.done - 1), -EBADF);
    }
    assert.deepEqual(await descriptors(agent), before);
  }, { builds: NATIVE });
}

each("leaves open what a failed batch did not open", async (agent) => {
  const { reply: kept } = await agent.call(1, (b) => b.call(fcntl, [0, F_DUPFD, 50]));
  const fd = kept.result(0);
  await agent.call(1, (b) => {
    const opened = b.call(openat, [AT_FDCWD, b.cstring("/"), 0], { opens: "result" });
    b.call(close, [new ResultRef(opened)]);
    b.call(lseek, [-1, 0, 0]);
  });
  const { reply } = await agent.call(1, (b) => b.call(read, [fd, b.room(8), 8]));
  assert.equal(reply.result(0), 0);
}, { builds: NATIVE });

each("closes although the batch is interrupted before", async (agent) => {
  const before = await descriptors(agent);
  const { reply: made } = await agent.call(1, (b) => b.call(fcntl, [0, F_DUPFD, 50]));
  const blocks = await agent.sendCall(1, (b) => {
    const fds = b.room(8);
    b.call(pipe2, [fds, 0], { opens: { pair: 0 } });
    b.call(read, [new Int32Ref(fds.value), b.room(8), 8]);
  });
  const closes = await agent.sendCall(1, (b) => b.call(close, [made.result(0)]));
  for (const seq of [closes, blocks]) {
    await agent.send(encodeWords(FRAME.INTERRUPT, 1, seq, []));
  }
  const answers = [await agent.next(FRAME.REPLY, 1), await agent.next(FRAME.REPLY, 1)];
  const ran = answers.map(({ body }) => results(new Reply(body, 2, [])));
  assert.equal(ran[0]!.at(-1), -EINTR);
  assert.deepEqual(ran[1], [0]);
  assert.deepEqual(await descriptors(agent), before);
}, { builds: NATIVE });

each("makes sure of a directory, and of nothing else", async (agent) => {
  const top = await Deno.makeTempDir();
  await Deno.writeTextFile(`${top}/file`, "");
  const { reply } = await agent.call(1, (b) => {
    const ensure = (path: string) =>
      b.call(PSEUDO.ENSURE_DIRECTORY, [AT_FDCWD, b.cstring(path), 0o700], { proceed: true });
    for (const path of ["new", "new", "file", "no/such", "file/below"]) ensure(`${top}/${path}`);
    ensure("/proc/sys");
    ensure("/proc/sys/none");
    b.call(mkdirat, [AT_FDCWD, b.cstring(`${top}/new`), 0o700]);
  });
  const expected = [0, 1, -EEXIST, -ENOENT, -ENOTDIR, 1, -ENOENT, -EEXIST];
  assert.deepEqual(results(reply), expected);
  await Deno.remove(top, { recursive: true });
}, { builds: NATIVE });
