import assert from "node:assert/strict";
import { Command, F, O, RLIMIT, SEEK, SyscallError } from "bailiwick";
import type { Checks } from "./checks.ts";

export const fileChecks: Checks = {
  "files are written, read, moved and removed": async ({ thread, tmpdir }) => {
    const path = tmpdir.join("file");
    await thread.writeFile(path, "hello", { mode: 0o600 });
    assert.equal(await thread.readTextFile(path), "hello");
    const stat = await thread.stat(path);
    assert.equal(stat.size, 5);
    assert.equal(stat.mode & 0o777, 0o600);
    assert.ok(stat.isFile);
    await thread.rename(path, tmpdir.join("moved"));
    await thread.symlink("moved", tmpdir.join("link"));
    assert.equal(await thread.readlink(tmpdir.join("link")), "moved");
    assert.ok((await thread.stat(tmpdir.join("link"), { followSymlink: false })).isSymlink);
    await thread.unlink(tmpdir.join("moved"));
    const names = (await thread.readDirectory(tmpdir)).map(({ name, type }) => `${name} ${type}`);
    assert.deepEqual(names, ["link symlink"]);
  },
  "files larger than a frame come back whole": async ({ thread, tmpdir }) => {
    const content = new Uint8Array(3 * 1024 * 1024 + 17);
    for (let i = 0; i < content.length; i++) content[i] = (i * 31) >> 3;
    await thread.writeFile(tmpdir.join("large"), content);
    assert.deepEqual(await thread.readFile(tmpdir.join("large")), content);
  },
  "a file is replaced as a whole, with its mode and owner": async ({ thread, tmpdir }) => {
    const path = tmpdir.join("file");
    await thread.writeFile(path, "old", { mode: 0o644 });
    await thread.link(path, tmpdir.join("link"));
    const { uid: owner, gid: group } = await thread.stat(path);
    for (const length of [3, 3 << 20]) {
      const content = new Uint8Array(length).fill(length & 0xff);
      await thread.writeFile(path, content, { owner, group, mode: 0o2600, atomic: true });
      assert.deepEqual(await thread.readFile(path), content);
    }
    const after = await thread.stat(path);
    assert.equal(after.mode & 0o7777, 0o2600);
    assert.equal(await thread.readTextFile(tmpdir.join("link")), "old");
    const names = (await thread.readDirectory(tmpdir)).map(({ name }) => name);
    assert.deepEqual(names.sort(), ["file", "link"]);
  },
  "a directory is locked once": async ({ thread, tmpdir }) => {
    await using lock = await thread.lock(tmpdir);
    await assert.rejects(thread.lock(tmpdir), { name: "LockedError", directory: lock.directory });
    await lock[Symbol.asyncDispose]();
    await using _again = await thread.lock(tmpdir);
  },
  "offsets, truncation and flags work": async ({ thread, tmpdir }) => {
    await using fd = await thread.open(tmpdir.join("file"), O.CREAT | O.RDWR, 0o644);
    await fd.writeAll("0123456789");
    assert.equal(await fd.lseek(2, SEEK.SET), 2);
    assert.equal(new TextDecoder().decode(await fd.read(3)), "234");
    assert.equal(new TextDecoder().decode(await fd.pread(2, 8)), "89");
    await fd.pwrite("ab", 0);
    await fd.ftruncate(4);
    await fd.fsync();
    assert.equal((await fd.stat()).size, 4);
    assert.equal(await fd.fcntl(F.GETFD), 1);
    assert.equal((await fd.fcntl(F.GETFL)) & O.ACCMODE, O.RDWR);
  },
  "directories and trees are made and removed": async ({ thread, tmpdir }) => {
    await thread.batch((b) => {
      b.mkdir(tmpdir.join("a"));
      b.mkdir(tmpdir.join("a/b"));
      b.close(b.open(tmpdir.join("a/b/file"), O.CREAT | O.WRONLY));
      b.symlink("/etc", tmpdir.join("a/b/etc"));
    });
    await assert.rejects(thread.rmdir(tmpdir.join("a")), { code: "ENOTEMPTY" });
    await thread.removeTree(tmpdir.join("a"));
    assert.deepEqual(await thread.readDirectory(tmpdir), []);
    assert.ok((await thread.stat("/etc")).isDirectory);
    await thread.removeTree(tmpdir.join("a"));
  },
  "a failure says what, which errno, which call and which host": async (
    { thread, tmpdir, host },
  ) => {
    const missing = tmpdir.join("missing/file");
    const error = await thread.open(missing, O.RDONLY).then(() => undefined, (e) => e);
    assert.ok(error instanceof SyscallError);
    assert.equal(error.code, "ENOENT");
    assert.equal(error.syscall, "openat");
    assert.equal(error.host, host.name);
    assert.equal(
      error.message,
      `Cannot open ${missing}: no such file or directory (ENOENT) in openat, host ${host.name}`,
    );
  },
  "memory files and limits work": async ({ thread }) => {
    await using fd = await thread.memfd("scratch");
    await fd.writeAll("abc");
    assert.equal((await fd.stat()).size, 3);
    const limit = await thread.getrlimit(RLIMIT.NOFILE);
    assert.ok(limit.soft > 0n && limit.soft <= limit.hard);
    await using child = await thread.clone();
    await child.setrlimit(RLIMIT.NOFILE, 64n, limit.hard);
    assert.equal((await child.getrlimit(RLIMIT.NOFILE)).soft, 64n);
    assert.equal((await thread.getrlimit(RLIMIT.NOFILE)).soft, limit.soft);
  },
  "an existing directory is fine only if it is one": async ({ thread, tmpdir }) => {
    const ok = { existing: "ok" } as const;
    await thread.mkdir(tmpdir.join("there"), 0o700, ok);
    await thread.mkdir(tmpdir.join("there"), 0o700, ok);
    await thread.writeFile(tmpdir.join("file"), "");
    await assert.rejects(thread.mkdir(tmpdir.join("file"), 0o700, ok), { code: "EEXIST" });
    await assert.rejects(thread.mkdir(tmpdir.join("no/such"), 0o700, ok), { code: "ENOENT" });
    await assert.rejects(thread.mkdir("/proc/x", 0o700, ok), (error: Error) => {
      assert.match(error.message, /^Cannot make directory \/proc\/x: /);
      return error instanceof SyscallError;
    });
  },
  "a path and its text name the same file, wherever links lead": async ({ thread, tmpdir }) => {
    await thread.mkdir(tmpdir.join("a"));
    await thread.mkdir(tmpdir.join("other"));
    await thread.mkdir(tmpdir.join("other/inner"));
    await thread.symlink("../other/inner", tmpdir.join("a/link"));
    await thread.writeFile(tmpdir.join("other/x"), "behind the link");
    await thread.writeFile(tmpdir.join("a/x"), "beside the link");
    const text = `${tmpdir}/a/link/../x`;
    const paths = [
      text,
      thread.path(text),
      tmpdir.join("a/link/../x"),
      tmpdir.join("a", "link", "../x"),
    ];
    for (const path of paths) assert.equal(await thread.readTextFile(path), "behind the link");
    assert.equal(
      await thread.readTextFile(tmpdir.join("a/link").parent.join("x")),
      "beside the link",
    );
    assert.equal(await thread.readTextFile(tmpdir.join("a/link/..").join("x")), "behind the link");
  },
  "names that are no UTF-8 go through as they are": async ({ thread, tmpdir }) => {
    const odd = Uint8Array.of(0x61, 0xff, 0xfe);
    await thread.mkdir(tmpdir.join(odd));
    await thread.writeFile(tmpdir.join(odd, odd), "odd");
    const [entry] = await thread.readDirectory(tmpdir);
    assert.equal(entry!.name, String.raw`a\xff\xfe`);
    assert.deepEqual(entry!.bytes, odd);
    assert.equal(await thread.readTextFile(tmpdir.join(entry!.bytes, odd)), "odd");
    await assert.rejects(thread.open(tmpdir.join(odd, "x"), O.RDONLY), (error: Error) => {
      assert.ok(error.message.includes(String.raw`/a\xff\xfe/x: no such file`), error.message);
      return true;
    });
    await thread.removeTree(tmpdir.join(odd));
    assert.deepEqual(await thread.readDirectory(tmpdir), []);
  },
  "reading and writing that fails names the file": async ({ thread, tmpdir }) => {
    await assert.rejects(thread.readFile(tmpdir), (error: Error) => {
      assert.ok(error.message.startsWith(`Cannot read ${tmpdir}: is a directory (EISDIR)`));
      return true;
    });
    await assert.rejects(thread.writeFile("/dev/full", "x"), (error: Error) => {
      assert.ok(error.message.startsWith("Cannot write /dev/full: no space left"), error.message);
      return true;
    });
  },
  "times are told to the nanosecond": async ({ thread, tmpdir }) => {
    const path = tmpdir.join("file");
    await thread.writeFile(path, "");
    const mtime = "2024-05-06T07:08:09.123456789Z";
    await thread.run(new Command("touch", ["-d", mtime, path]));
    const stat = await thread.stat(path);
    assert.equal(stat.mtime, 1_714_979_289_123_456_789n);
    assert.equal(stat.atime, stat.mtime);
    assert.ok(stat.ctime > stat.mtime);
    assert.deepEqual(stat.device, (await thread.stat(tmpdir)).device);
  },
  "a raw system call runs": async ({ thread }) => {
    assert.equal(await thread.syscall("getpid"), thread.process.pid);
    await assert.rejects(thread.syscall(4000), { code: "ENOSYS" });
  },
};
