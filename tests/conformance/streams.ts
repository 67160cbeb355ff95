import assert from "node:assert/strict";
import { Command, O } from "bailiwick";
import type { Checks } from "./checks.ts";

const MIB = 1 << 20;

export const streamChecks: Checks = {
  "bytes come from a descriptor to its end": async ({ thread }) => {
    const { read, write } = await thread.pipe();
    const reader = await thread.reader(read);
    await read.close();
    await write.writeAll("one ");
    await write.writeAll("two");
    await write.close();
    assert.equal(new TextDecoder().decode(await reader.readAll()), "one two");
  },
  "bytes go to a descriptor": async ({ thread }) => {
    const { read, write } = await thread.pipe();
    const writer = await thread.writer(write);
    await write.close();
    await writer.write(new TextEncoder().encode("hello"));
    await writer.close();
    assert.equal(new TextDecoder().decode(await read.read(64)), "hello");
    assert.equal((await read.read(64)).length, 0);
    await read.close();
  },
  "a service filters what it is sent": async ({ thread }) => {
    const input = await thread.pipe();
    const output = await thread.pipe();
    const child = await thread.spawn(new Command("tr", ["a-z", "A-Z"]), {
      fds: { 0: input.read, 1: output.write },
    });
    const writer = await thread.writer(input.write);
    const reader = await thread.reader(output.read);
    await Promise.all([input, output].flatMap(({ read, write }) => [read.close(), write.close()]));
    const sent = new Uint8Array(8 * MIB).fill(97);
    const received = reader.readAll();
    await writer.write(sent);
    await writer.close();
    const bytes = await received;
    assert.equal(bytes.length, sent.length);
    assert.ok(bytes.every((byte) => byte === 65));
    assert.ok((await child.wait()).isClean);
  },
  "a reader that is slow holds up its own stream alone": async ({ thread }) => {
    const slow = await thread.pipe();
    const child = await thread.spawn(new Command("yes"), { fds: { 1: slow.write } });
    const reader = await thread.reader(slow.read);
    await slow.read.close();
    await slow.write.close();
    await reader.read();
    for (let i = 0; i < 200; i++) assert.equal(await thread.getpid(), thread.process.pid);
    const { read, write } = await thread.pipe();
    const other = await thread.reader(read);
    await write.writeAll("still here");
    assert.equal(new TextDecoder().decode(await other.read()), "still here");
    reader.close();
    other.close();
    await read.close();
    await write.close();
    assert.equal(`${await child.wait()}`, "killed by SIGPIPE");
  },
  "twenty streams under load come through whole": async ({ thread }) => {
    const sums = await Promise.all(Array.from({ length: 20 }, async () => {
      const { read, write } = await thread.pipe();
      const count = new Command("head", ["-c", `${4 * MIB}`, "/dev/zero"]);
      const child = await thread.spawn(count, { fds: { 1: write } });
      const reader = await thread.reader(read);
      await read.close();
      await write.close();
      const bytes = await reader.readAll();
      assert.ok((await child.wait()).isClean);
      return bytes.length;
    }));
    assert.deepEqual(sums, Array(20).fill(4 * MIB));
  },
  "writing to one that does not read fails with EPIPE": async ({ thread }) => {
    const { read, write } = await thread.pipe();
    const writer = await thread.writer(write);
    await write.close();
    await read.close();
    await assert.rejects(async () => {
      for (let i = 0; i < 100; i++) await writer.write(new Uint8Array(65536));
    }, { code: "EPIPE" });
    await assert.rejects(writer.close(), { code: "EPIPE" });
  },
  "what cannot be a stream says so, and what to use": async ({ thread, tmpdir }) => {
    const { read, write } = await thread.pipe();
    await assert.rejects(thread.reader(write), {
      code: "EBADF",
      message: /^Cannot read descriptor \d+ as a stream: .*opened for that direction$/,
    });
    await assert.rejects(thread.writer(read), { code: "EBADF" });
    await thread.writeFile(tmpdir.join("file"), "text");
    await using file = await thread.open(tmpdir.join("file"), O.RDONLY);
    const epoll = thread.adopt(await thread.syscall("epoll_create1", O.CLOEXEC));
    for (const fd of [file, epoll]) {
      await assert.rejects(thread.reader(fd), { code: "EINVAL", message: /fd\.read\(\)/ });
    }
    await Promise.all([read, write, epoll].map((fd) => fd.close()));
  },
  "what a service writes is kept line by line": async ({ thread }) => {
    const script =
      "printf 'one\\ntwo'; echo three >&2; i=0; while [ $i -lt 1000 ]; do echo $i; i=$((i+1)); done";
    const child = await thread.spawn(new Command("/bin/sh", ["-c", script]));
    assert.ok((await child.wait()).isClean);
    await child.log!.ended;
    assert.equal(child.log!.tail.at(-1), "999");
    assert.ok(child.log!.tail.length < 1000);
  },
};
