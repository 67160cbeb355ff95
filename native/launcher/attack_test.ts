/** Who may prepare what the launcher runs. These need root, to be other users and to mount. */
import assert from "node:assert/strict";
import { dirname } from "node:path/posix";
import { Bench, descriptorsOfChildren, parseReport, type Ran } from "./testing.ts";

const USER = 1000;
const ATTACKER = 1001;
const ELSEWHERE = new RegExp(`^/var/tmp/bailiwick-${USER}/`);

/** Without root these are left out, but not in CI, where they must not go unnoticed. */
const ignore = Deno.uid() !== 0 && !Deno.env.has("CI");

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ ignore, name: `${name} (needs root)`, fn });
}

/** Puts, where the launcher will look, a file of the name that it runs, which would leave a trace. */
async function plant(bench: Bench, id: string, owner: number): Promise<void> {
  const directory = `${bench.place}/${id}`;
  const runtime = `${directory}/runtime/stand-in`;
  await Deno.mkdir(dirname(runtime), { recursive: true });
  await Deno.writeTextFile(runtime, `#!/bin/sh\ntouch ${bench.directory}/canary\n`);
  await Deno.chmod(runtime, 0o755);
  for (const path of [bench.place, directory, dirname(runtime), runtime]) {
    await Deno.chown(path, owner, owner);
  }
}

/** The name of the directory that the executable unpacks to. */
async function packId(bench: Bench): Promise<string> {
  const home = `${bench.directory}/first`;
  await Deno.mkdir(home, { mode: 0o700 });
  const { directory } = await bench.report({ XDG_CACHE_HOME: home });
  return directory.split("/").at(-1)!;
}

async function ranElsewhere(bench: Bench, ran: Ran, why: RegExp): Promise<void> {
  assert.match(parseReport(ran).directory, ELSEWHERE);
  assert.match(ran.stderr, why);
  await assert.rejects(() => Deno.stat(`${bench.directory}/canary`), Deno.errors.NotFound);
}

test("launcher does not use a cache directory that another user made", async () => {
  await using bench = await Bench.make();
  await plant(bench, await packId(bench), ATTACKER);
  await Deno.chmod(bench.place, 0o700);
  await Deno.chown(bench.cacheHome, USER, USER);
  const ran = await bench.runIn("", USER);
  await ranElsewhere(bench, ran, /Not using .*\/cache\/bailiwick: it belongs to user 1001/);
});

test("launcher does not use a cache directory that others can write", async () => {
  await using bench = await Bench.make();
  await plant(bench, await packId(bench), USER);
  await Deno.chmod(bench.place, 0o777);
  await Deno.chown(bench.cacheHome, USER, USER);
  const ran = await bench.runIn("", USER);
  await ranElsewhere(
    bench,
    ran,
    /Not using .*\/cache\/bailiwick: others can write it \(mode 0777\)/,
  );
});

test("launcher does not follow a symbolic link in the cache directory's place", async () => {
  await using bench = await Bench.make();
  await plant(bench, await packId(bench), USER);
  await Deno.chmod(bench.place, 0o700);
  await Deno.rename(bench.place, `${bench.directory}/planted`);
  await Deno.symlink(`${bench.directory}/planted`, bench.place);
  await Deno.chown(bench.cacheHome, USER, USER);
  const ran = await bench.runIn("", USER);
  await ranElsewhere(bench, ran, /Not using .*\/cache\/bailiwick: it is a symbolic link/);
});

test("launcher does not use a place in a directory that others can write", async () => {
  await using bench = await Bench.make();
  await Deno.chown(bench.cacheHome, USER, USER);
  await Deno.chmod(bench.cacheHome, 0o777);
  const ran = await bench.runIn("", USER);
  await ranElsewhere(bench, ran, /cache can be written by others \(mode 0777\)/);
});

test("launcher does not use a place below another user's directory", async () => {
  await using bench = await Bench.make();
  await Deno.mkdir(`${bench.cacheHome}/bailiwick`, { mode: 0o700 });
  await Deno.chown(bench.place, USER, USER);
  await Deno.chown(bench.cacheHome, ATTACKER, ATTACKER);
  const ran = await bench.runIn("", USER);
  await ranElsewhere(bench, ran, /cache belongs to user 1001/);
});

test("launcher rebuilds what root or this user planted in its own cache directory", async () => {
  await using bench = await Bench.make();
  const id = await packId(bench);
  await plant(bench, id, USER);
  await Deno.chmod(bench.place, 0o700);
  await Deno.chmod(`${bench.place}/${id}`, 0o700);
  await Deno.chown(bench.cacheHome, USER, USER);
  assert.equal(parseReport(await bench.runIn("", USER)).directory, `${bench.place}/${id}`);
  await assert.rejects(() => Deno.stat(`${bench.directory}/canary`), Deno.errors.NotFound);
});

test("launcher uses another place when the home is read-only or noexec", async () => {
  for (const option of ["ro", "noexec,mode=0755,uid=1000"]) {
    await using bench = await Bench.make();
    const ran = await bench.runIn(`mount -t tmpfs -o ${option} none ${bench.cacheHome}`, USER);
    assert.match(parseReport(ran).directory, ELSEWHERE);
    assert.equal(ran.stderr, "");
  }
});

test("launcher runs from memory when no place can be written", async () => {
  await using bench = await Bench.make();
  await Deno.chmod(bench.cacheHome, 0o500);
  const setup = `for d in /var/tmp /dev/shm; do mount -t tmpfs -o ro none $d; done
    mkdir -m 0700 /tmp/bailiwick-4242; chown ${ATTACKER} /tmp/bailiwick-4242`;
  const ran = await bench.runIn(setup, 4242);
  await Deno.remove("/tmp/bailiwick-4242");
  const report = parseReport(ran);
  assert.equal(report.directory, "/proc/self/fd");
  assert.deepEqual([report.comm, report.argv0], ["stand-in", "stand-in"]);
  assert.deepEqual(report.childDescriptors, descriptorsOfChildren());
  assert.equal(report.agent, "agent");
  const added = Object.keys(report.env).filter((name) => /^(BAILIWICK|DENO)_/.test(name));
  assert.deepEqual(added, []);
});

test("launcher says that the disk is full, and leaves nothing half done", async () => {
  await using bench = await Bench.make();
  const full = `mount -t tmpfs -o size=30m,mode=0755,uid=${USER} none ${bench.cacheHome}`;
  const ran = await bench.runIn(full, USER, `ls -A ${bench.place}; ls -A /var/tmp`);
  assert.equal(ran.code, 1);
  assert.match(
    ran.stderr,
    /Cannot unpack to .*: No space left on device; it needs 96 MB and \d+ MB are free/,
  );
  assert.equal(ran.stdout, "lock\n");
});
