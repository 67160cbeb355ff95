import assert from "node:assert/strict";
import { AF, Command, F, O, SOCK, SockaddrUn } from "bailiwick";
import type { Checks } from "./checks.ts";

/** Prints the numbers of the open descriptors of the shell itself, without any that listing them opens. */
const LIST = 'for f in /proc/$$/fd/*; do n=${f##*/}; [ -e "$f" ] && printf "%s " "$n"; done; echo';

export const descriptorChecks: Checks = {
  "a descriptor is of one thread": async ({ thread }) => {
    await using child = await thread.clone();
    const { read } = await child.pipe();
    await assert.rejects(thread.batch((b) => b.read(read, 1)), (error: Error) => {
      assert.match(error.message, /a clone takes it over with inherit\(fd\)/);
      return error instanceof TypeError;
    });
    assert.throws(() => thread.inherit(read), TypeError);
  },
  "a clone inherits what was open": async ({ thread, tmpdir }) => {
    await using before = await thread.open(tmpdir.join("file"), O.CREAT | O.RDWR);
    await using child = await thread.clone();
    await using after = await thread.open(tmpdir.join("file"), O.RDWR);
    await using inherited = child.inherit(before);
    await inherited.writeAll("shared");
    assert.equal(new TextDecoder().decode(await before.pread(16, 0)), "shared");
    assert.throws(() => child.inherit(after), /was not open when/);
  },
  "a closed descriptor cannot be used": async ({ thread }) => {
    const { read, write } = await thread.pipe();
    await read.close();
    await read.close();
    await assert.rejects(read.read(1), TypeError);
    await assert.rejects(write.writeAll("x"), { code: "EPIPE" });
    await write.close();
  },
  "what a failed batch has opened is closed": async ({ thread, tmpdir }) => {
    await using child = await thread.clone();
    await Promise.all((await child.unheld()).map((fd) => fd.close()));
    const taken = new SockaddrUn(`${tmpdir.join("socket")}`);
    await using listener = await thread.listen(taken);
    for (let i = 0; i < 50; i++) {
      await assert.rejects(child.listen(taken), { code: "EADDRINUSE" });
      await assert.rejects(child.readFile(tmpdir), { code: "EISDIR" });
    }
    await assert.rejects(
      child.batch((b) => {
        b.pipe();
        b.socketpair(AF.UNIX, SOCK.STREAM);
        b.open(tmpdir.join("missing"), O.RDONLY);
      }),
      { code: "ENOENT" },
    );
    for (let i = 0; i < 5; i++) {
      await assert.rejects(child.exec(new Command("/no/such"), { ready: 3 }), { code: "ENOENT" });
    }
    assert.equal(listener.isOpen, true);
    assert.deepEqual(await child.unheld(), []);
  },
  "descriptors that no handle holds are found, and can be closed": async ({ thread, tmpdir }) => {
    await using child = await thread.clone();
    await Promise.all((await child.unheld()).map((fd) => fd.close()));
    await using held = await child.open(tmpdir, O.RDONLY);
    const number = await child.syscall("dup", held.number);
    const [stray, ...others] = await child.unheld();
    assert.deepEqual([stray!.number, others.length], [number, 0]);
    await stray!.close();
    assert.deepEqual(await child.unheld(), []);
    assert.ok((await held.stat()).isDirectory);
  },
  "a descriptor whose close did not run is still open": async ({ thread, tmpdir }) => {
    const { read, write } = await thread.pipe();
    await write.fcntl(F.SETFL, O.NONBLOCK);
    const filled = new Uint8Array(1 << 16);
    await assert.rejects(
      thread.batch((b) => {
        for (let i = 0; i < 40; i++) b.write(write, filled);
        b.close(read);
      }),
      { code: "EAGAIN" },
    );
    assert.equal(read.isOpen, true);
    assert.equal((await read.read(1)).length, 1);
    await read.close();
    await write.close();
    assert.ok((await thread.stat(tmpdir)).isDirectory);
  },
  "a service has exactly the descriptors that it was given": async ({ thread, tmpdir }) => {
    const path = tmpdir.join("stray");
    const stray = await thread.batch((b) =>
      Array.from({ length: 50 }, () => b.open(path, O.CREAT | O.RDWR))
    );
    await thread.batch((b) => b.fcntl(stray[0]!, F.SETFD, 0));
    const given = stray[20]!;
    const fds = { 7: given, [given.number]: stray[1]! };
    const child = await thread.spawn(new Command("/bin/sh", ["-c", LIST]), { fds });
    assert.ok((await child.wait()).isClean);
    await child.log!.ended;
    const numbers = child.log!.tail[0]!.trim().split(" ").map(Number).sort((a, b) => a - b);
    assert.deepEqual(numbers, [0, 1, 2, 7, given.number].sort((a, b) => a - b));
    await thread.batch((b) => stray.map((fd) => b.close(fd)));
  },
  "descriptors can be swapped on their way to a service": async ({ thread, tmpdir }) => {
    const open = (name: string) => thread.open(tmpdir.join(name), O.CREAT | O.RDWR);
    await using first = await open("first");
    await using second = await open("second");
    const fds = { [first.number]: second, [second.number]: first };
    const script = `echo 1 >&${first.number}; echo 2 >&${second.number}`;
    const child = await thread.spawn(new Command("/bin/sh", ["-c", script]), { fds });
    assert.ok((await child.wait()).isClean);
    assert.equal(await thread.readTextFile(tmpdir.join("second")), "1\n");
    assert.equal(await thread.readTextFile(tmpdir.join("first")), "2\n");
  },
};
