import assert from "node:assert/strict";
import { defineCall, defineDescriptorCall, O, SyscallError } from "bailiwick";
import type { Checks } from "./checks.ts";

export const batchChecks: Checks = {
  "a batch uses results before they exist": async ({ thread, tmpdir }) => {
    const { text, pid } = await thread.batch((b) => {
      const fd = b.open(tmpdir.join("file"), O.CREAT | O.RDWR, 0o600);
      b.writeAll(fd, "batched");
      const text = b.pread(fd, 64, 0);
      b.close(fd);
      return { text, pid: b.getpid() };
    });
    assert.equal(new TextDecoder().decode(text), "batched");
    assert.equal(pid, thread.process.pid);
  },
  "a batch carries a pipe from end to end": async ({ thread }) => {
    const read = await thread.batch((b) => {
      const { read, write } = b.pipe();
      b.writeAll(write, "through");
      b.close(write);
      const bytes = b.readFull(read, 64);
      b.close(read);
      return bytes;
    });
    assert.equal(new TextDecoder().decode(read), "through");
  },
  "a batch stops at its first error": async ({ thread, tmpdir }) => {
    const error = await thread.batch((b) => {
      b.mkdir(tmpdir.join("before"));
      b.open(tmpdir.join("missing"), O.RDONLY);
      b.mkdir(tmpdir.join("after"));
    }).then(() => undefined, (e) => e);
    assert.ok(error instanceof SyscallError);
    assert.match(error.message, /in openat, call 2 of 3/);
    assert.deepEqual((await thread.readDirectory(tmpdir)).map(({ name }) => name), ["before"]);
  },
  "a call that may fail does not stop a batch": async ({ thread, tmpdir }) => {
    await thread.mkdir(tmpdir.join("there"));
    await thread.batch((b) => {
      b.mkdir(tmpdir.join("there"), 0o777, { existing: "ok" });
      b.mkdir(tmpdir.join("after"));
    });
    assert.equal((await thread.readDirectory(tmpdir)).length, 2);
  },
  "batches of a thousand calls and of none run": async ({ thread }) => {
    const pids = await thread.batch((b) => Array.from({ length: 1000 }, () => b.getpid()));
    assert.equal(pids.length, 1000);
    assert.ok(pids.every((pid) => pid === thread.process.pid));
    await thread.batch(() => {});
  },
  "many calls at once are answered in order": async ({ thread, tmpdir }) => {
    await using fd = await thread.open(tmpdir.join("log"), O.CREAT | O.RDWR | O.APPEND);
    const words = Array.from({ length: 500 }, (_, index) => `${index}\n`);
    await Promise.all(words.map((word) => fd.writeAll(word)));
    assert.equal(await thread.readTextFile(tmpdir.join("log")), words.join(""));
  },
  "a call that one defines oneself runs as all others": async ({ thread, tmpdir }) => {
    const getpgid = defineCall(
      "getpgid",
      1,
      (e, pid: number) => e.call("getpgid", [pid], { what: `get the process group of ${pid}` }),
    );
    const syncfs = defineDescriptorCall(
      "syncfs",
      0,
      (e, fd) => e.call("syncfs", [fd], { what: () => `sync the file system of ${e.label(fd)}` }),
    );
    const alone = await thread.call(getpgid(0));
    const [together] = await thread.batch((b) => [b.add(getpgid(0)), b.getpid()] as const);
    assert.equal(alone, together);
    await assert.rejects(thread.call(getpgid(2 ** 31 - 1)), {
      code: "ESRCH",
      message: /^Cannot get the process group of 2147483647: .* in getpgid, host /,
    });
    assert.equal(await thread.batch((b) => b.add(getpgid(2 ** 31 - 1).tried())), undefined);
    await using directory = await thread.open(tmpdir, O.RDONLY);
    assert.equal(await directory.call(syncfs), 0);
  },
  "a batch that is too large is refused here": async ({ thread, tmpdir }) => {
    await using fd = await thread.open(tmpdir.join("file"), O.CREAT | O.RDWR);
    await assert.rejects(fd.writeAll(new Uint8Array(9 << 20)), RangeError);
    await assert.rejects(
      thread.batch((b) => {
        for (let i = 0; i < 5000; i++) b.getpid();
      }),
      RangeError,
    );
  },
};
