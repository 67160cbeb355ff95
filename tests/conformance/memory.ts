import assert from "node:assert/strict";
import { AT, Command, LineReader, MADV, MAP, O, PROT } from "bailiwick";
import type { Checks } from "./checks.ts";

const utf8 = new TextDecoder();
const PAGE = 4096;

export const memoryChecks: Checks = {
  "memory is mapped, written, read and given back": async ({ thread }) => {
    await using child = await thread.clone();
    const address = await child.mmap(PAGE);
    assert.equal(await child.writeMemory(address + 8, "in memory"), 9);
    assert.equal(utf8.decode(await child.readMemory(address + 8, 9)), "in memory");
    await child.madvise(address, PAGE, MADV.DONTNEED);
    assert.deepEqual([...await child.readMemory(address + 8, 2)], [0, 0]);
    await child.mprotect(address, PAGE, PROT.READ);
    await assert.rejects(child.writeMemory(address, "x"), { code: "EFAULT" });
    await child.munmap(address, PAGE);
    await assert.rejects(child.readMemory(address, 1), {
      code: "EFAULT",
      message: /^Cannot read memory at 0x[0-9a-f]+: /,
    });
  },
  "a file that is mapped is its memory": async ({ thread, tmpdir }) => {
    await using child = await thread.clone();
    await using file = await child.open(tmpdir.join("file"), O.CREAT | O.RDWR);
    await file.ftruncate(PAGE);
    const address = await child.mmap(PAGE, PROT.READ | PROT.WRITE, MAP.SHARED, file);
    await child.writeMemory(address, "mapped");
    assert.equal(utf8.decode(await file.pread(6, 0)), "mapped");
    await child.munmap(address, PAGE);
  },
  "bytes are written and read in parts": async ({ thread }) => {
    const { read, write } = await thread.pipe();
    assert.equal(await write.writev(["hello", new Uint8Array(0), "world", "!"]), 11);
    const parts = await read.readv([5, 3, 100]);
    assert.deepEqual(parts.map((part) => utf8.decode(part)), ["hello", "wor", "ld!"]);
    await thread.batch((b) => [read, write].forEach((fd) => b.close(fd)));
  },
  "bytes are spliced from a file to a pipe and on": async ({ thread, tmpdir }) => {
    await thread.writeFile(tmpdir.join("from"), "spliced");
    await using from = await thread.open(tmpdir.join("from"), O.RDONLY);
    await using to = await thread.open(tmpdir.join("to"), O.CREAT | O.WRONLY);
    const counts = await thread.batch((b) => {
      const { read, write } = b.pipe();
      const first = b.splice(from, write, 1 << 20);
      const second = b.splice(read, to, 1 << 20);
      b.close(read);
      b.close(write);
      return [first, second, b.lseek(from, 0, 1)];
    });
    assert.deepEqual(counts, [7, 7, 7]);
    assert.equal(await thread.readTextFile(tmpdir.join("to")), "spliced");
  },
  "a raw call has memory: bytes, structures, outputs": async ({ thread, tmpdir }) => {
    const { random, number, limit } = await thread.batch((b) => {
      const { ref, output } = b.filled(16);
      const got = b.syscall("getrandom", ref, 16, 0);
      const random = b.derived(got, (answer) => answer.output(output));
      const path = b.cstring(`${tmpdir.join("raw")}`);
      const number = b.syscall("openat", AT.FDCWD, path, O.CREAT | O.RDWR | O.CLOEXEC, 0o600);
      const vector = b.struct(32, (view, at) => {
        view.setBigUint64(at + 8, 3n, true);
        view.setBigUint64(at + 24, 2n, true);
      });
      b.pointer(vector.value, b.bytes(new TextEncoder().encode("one")));
      b.pointer(vector.value + 16, b.bytes(new TextEncoder().encode("2nd")));
      b.syscall("writev", number, vector, 2);
      const place = b.output(16);
      const asked = b.syscall("prlimit64", 0, 7, 0, place.ref);
      const limit = b.derived(asked, (answer) => {
        const bytes = answer.output(place.output);
        return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
      });
      return { random, number, limit };
    });
    assert.equal(random.length, 16);
    await using file = thread.adopt(number);
    assert.equal(utf8.decode(await file.pread(16, 0)), "one2n");
    assert.equal(limit, (await thread.getrlimit(7)).soft);
  },
  "a raw call takes descriptors that do not exist yet": async ({ thread }) => {
    const text = await thread.batch((b) => {
      const { read, write } = b.pipe();
      b.syscall("write", write, b.bytes(new TextEncoder().encode("pending")), 7);
      const number = b.syscall("dup", read);
      const copy = b.descriptor(number);
      const text = b.read(copy, 16);
      for (const fd of [read, write, copy]) b.close(fd);
      return text;
    });
    assert.equal(utf8.decode(text), "pending");
  },
  "a command is found in PATH, or is not": async ({ thread }) => {
    const sh = await thread.which("sh");
    assert.match(`${sh}`, /^\/.*\/sh$/);
    const child = await thread.spawn(new Command(sh!, ["-c", "exit 3"]));
    assert.equal(`${await child.wait()}`, "exited with status 3");
    assert.equal(await thread.which("no-such-command-anywhere"), undefined);
    assert.equal(`${await thread.which("/bin/sh")}`, "/bin/sh");
    assert.equal(await thread.which("/etc"), undefined);
  },
  "a thread exits with a status": async ({ thread }) => {
    for (const status of [0, 7, 255]) {
      const child = await thread.clone();
      assert.equal(`${await child.exit(status)}`, `exited with status ${status}`);
      await assert.rejects(child.exit(), { name: "ThreadEndedError" });
    }
    await assert.rejects(thread.exit(256), RangeError);
    const outer = await thread.clone();
    const inner = await outer.clone();
    assert.ok((await outer.exit()).isClean);
    assert.ok((await inner.exit()).isClean);
  },
  "a stream is read line by line": async ({ thread }) => {
    const { read, write } = await thread.pipe();
    const lines = new LineReader(await read.reader());
    await write.writeAll("one\n\ntw");
    assert.equal(await lines.readLine(), "one");
    assert.equal(await lines.readLine(), "");
    const next = lines.readLine();
    await write.writeAll("o\nlast");
    assert.equal(await next, "two");
    await write.close();
    assert.deepEqual(await Array.fromAsync(lines), ["last"]);
    assert.equal(await lines.readLine(), undefined);
    await read.close();
  },
  "a line that is too long is an error": async ({ thread }) => {
    const { read, write } = await thread.pipe();
    const lines = new LineReader(await read.reader(), { most: 10 });
    await write.writeAll("0123456789\n0123456789012345");
    assert.equal(await lines.readLine(), "0123456789");
    await assert.rejects(lines.readLine(), RangeError);
    await thread.batch((b) => [read, write].forEach((fd) => b.close(fd)));
  },
};
