import assert from "node:assert/strict";
import { F, O, RLIMIT, SEEK, SyscallError } from "bailiwick";
import type { Checks } from "./checks.ts";

export const fileChecks: Checks = {
  "files are written, read, moved and removed": async ({ thread, tmpdir }) => {
    const path = tmpdir.join("file");
    await thread.writeFile(path, "hello", 0o600);
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
  "a raw system call runs": async ({ thread }) => {
    assert.equal(await thread.syscall("getpid"), thread.process.pid);
    await assert.rejects(thread.syscall(4000), { code: "ENOSYS" });
  },
};
