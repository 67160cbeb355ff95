import assert from "node:assert/strict";
import { AT, F, LOCK, O, RENAME, S } from "bailiwick";
import type { Checks } from "./checks.ts";

const utf8 = new TextDecoder();

export const directoryChecks: Checks = {
  "files are made, named and removed in an open directory": async ({ thread, tmpdir }) => {
    await thread.mkdir(tmpdir.join("first"));
    await using first = await thread.open(tmpdir.join("first"), O.RDONLY | O.DIRECTORY);
    // The directory is the same one wherever its name goes.
    await thread.rename(tmpdir.join("first"), tmpdir.join("moved"));
    const text = await thread.batch((b) => {
      b.mkdirat(first, "below", 0o750);
      const below = b.openat(first, "below", O.RDONLY | O.DIRECTORY);
      const file = b.openat(below, "file", O.CREAT | O.EXCL | O.RDWR, 0o600);
      b.writeAll(file, "content");
      b.linkat(below, "file", first, "linked");
      b.symlinkat(below, "file", "symbolic");
      b.renameat(below, "file", below, "renamed");
      b.fchmodat(below, "renamed", 0o640);
      const text = b.pread(file, 64, 0);
      b.close(file);
      b.close(below);
      return text;
    });
    assert.equal(utf8.decode(text), "content");
    assert.equal(await first.readlinkat("below/symbolic"), "file");
    const [renamed, linked] = await Promise.all(
      ["below/renamed", "linked"].map((name) => first.fstatat(name)),
    );
    assert.deepEqual([renamed!.inode, renamed!.links], [linked!.inode, 2]);
    assert.equal(renamed!.mode & 0o777, 0o640);
    const symbolic = await first.fstatat("below/symbolic", { followSymlink: false });
    assert.ok(symbolic.isSymlink);
    await first.faccessat("linked", 4);
    await assert.rejects(first.faccessat("missing", 4), (error: Error) => {
      assert.match(error.message, /^Cannot use missing in .*\/first: no such file/);
      return true;
    });
    await thread.batch((b) => {
      for (const name of ["below/renamed", "below/symbolic", "linked"]) b.unlinkat(first, name);
      b.unlinkat(first, "below", AT.REMOVEDIR);
    });
    assert.deepEqual(await thread.readDirectory(tmpdir.join("moved")), []);
  },
  "a rename in open directories can exchange, and spare what is there": async (
    { thread, tmpdir },
  ) => {
    await thread.writeFile(tmpdir.join("a"), "a");
    await thread.writeFile(tmpdir.join("b"), "b");
    await using directory = await thread.open(tmpdir, O.RDONLY | O.DIRECTORY);
    await assert.rejects(directory.renameat("a", directory, "b", RENAME.NOREPLACE), {
      code: "EEXIST",
    });
    await directory.renameat("a", directory, "b", RENAME.EXCHANGE);
    assert.equal(await thread.readTextFile(tmpdir.join("a")), "b");
  },
  "a file without a name gets one when it is whole": async ({ thread, tmpdir }) => {
    await using file = await thread.open(tmpdir, O.TMPFILE | O.RDWR, 0o600);
    await file.writeAll("whole");
    assert.deepEqual(await thread.readDirectory(tmpdir), []);
    const link = `/proc/self/fd/${file.number}`;
    await thread.link(link, tmpdir.join("named"), { followSymlink: true });
    assert.equal(await thread.readTextFile(tmpdir.join("named")), "whole");
  },
  "a thread goes where a descriptor is": async ({ thread, tmpdir }) => {
    await using child = await thread.clone();
    await using directory = await child.open(tmpdir, O.PATH | O.DIRECTORY);
    await directory.fchdir();
    assert.equal(await child.getcwd(), `${tmpdir}`);
  },
  "a removed directory cannot be read any more": async ({ thread, tmpdir }) => {
    await thread.mkdir(tmpdir.join("gone"));
    await using directory = await thread.open(tmpdir.join("gone"), O.RDONLY | O.DIRECTORY);
    await thread.rmdir(tmpdir.join("gone"));
    await assert.rejects(directory.getdents(), { code: "ENOENT" });
    await assert.rejects(directory.openat("file", O.CREAT | O.WRONLY), { code: "ENOENT" });
  },
  "links in /proc are read, and what is no link says so": async ({ thread, tmpdir }) => {
    await using place = await thread.open(tmpdir, O.PATH);
    assert.equal(await thread.readlink(`/proc/self/fd/${place.number}`), `${tmpdir}`);
    await assert.rejects(place.readlinkat(""), { code: "ENOENT" });
    await assert.rejects(thread.readlink(tmpdir), { code: "EINVAL" });
  },
  "files have owners, modes, names and lengths": async ({ thread, tmpdir }) => {
    const path = tmpdir.join("file");
    await thread.writeFile(path, "0123456789", { mode: 0o600 });
    const { uid, gid } = await thread.batch((b) => ({ uid: b.geteuid(), gid: b.getegid() }));
    await thread.symlink("file", tmpdir.join("link"));
    await using file = await thread.open(path, O.RDWR);
    await using directory = await thread.open(tmpdir, O.RDONLY | O.DIRECTORY);
    await thread.batch((b) => {
      b.chown(path, uid, gid);
      b.chown(tmpdir.join("link"), -1, gid, { followSymlink: false });
      b.fchown(file, uid, -1);
      b.fchownat(directory, "link", uid, gid, { followSymlink: false });
      b.truncate(path, 4);
      b.chmod(path, 0o4711);
      b.link(path, tmpdir.join("again"));
      b.fdatasync(file);
      b.fsync(directory);
    });
    const stat = await file.stat();
    assert.deepEqual([stat.uid, stat.gid, stat.size, stat.links], [uid, gid, 4, 2]);
    assert.equal(stat.mode & ~S.IFMT, 0o4711);
    await file.fchmod(0o600);
    assert.equal((await file.stat()).mode & ~S.IFMT, 0o600);
    await assert.rejects(thread.truncate(path, -1), RangeError);
  },
  "a lock of a file keeps others out until it goes": async ({ thread, tmpdir }) => {
    await using first = await thread.open(tmpdir.join("lock"), O.CREAT | O.RDWR);
    await using second = await thread.open(tmpdir.join("lock"), O.RDWR);
    await first.flock(LOCK.EX);
    await assert.rejects(second.flock(LOCK.EX | LOCK.NB), { code: "EAGAIN" });
    await first.flock(LOCK.UN);
    await second.flock(LOCK.SH | LOCK.NB);
  },
  "a file system says what it has": async ({ thread, tmpdir }) => {
    await using directory = await thread.open(tmpdir, O.RDONLY);
    for (const system of [await thread.statfs(tmpdir), await directory.fstatfs()]) {
      assert.ok(system.total >= system.free && system.free >= system.available);
      assert.ok(system.available > 0 && system.nameMost >= 255);
    }
    assert.equal((await thread.statfs("/proc")).type, 0x9fa0);
  },
  "a FIFO carries bytes between its ends": async ({ thread, tmpdir }) => {
    await using directory = await thread.open(tmpdir, O.RDONLY);
    await thread.mkfifo(tmpdir.join("fifo"));
    await directory.mknodat("other", S.IFIFO | 0o600);
    for (const name of ["fifo", "other"]) {
      await using read = await directory.openat(name, O.RDONLY | O.NONBLOCK);
      await using write = await directory.openat(name, O.WRONLY);
      await write.writeAll(name);
      assert.equal(utf8.decode(await read.read(16)), name);
    }
  },
  "a descriptor is duplicated to a number of one's choice": async ({ thread, tmpdir }) => {
    await using child = await thread.clone();
    await using file = await child.open(tmpdir.join("file"), O.CREAT | O.RDWR);
    await using copy = await file.dup3(77);
    assert.equal(copy.number, 77);
    assert.equal(await copy.fcntl(F.GETFD), 1);
    await copy.writeAll("x");
    assert.equal((await file.stat()).size, 1);
  },
};
