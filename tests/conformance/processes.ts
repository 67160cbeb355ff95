import assert from "node:assert/strict";
import { calls, CLONE, Command, RLIMIT, Secret, SIG, type SyscallError } from "bailiwick";
import type { Checks } from "./checks.ts";

function sh(script: string): Command {
  return new Command("/bin/sh", ["-c", script]);
}

export const processChecks: Checks = {
  "a tree of clones is made and ended": async ({ thread }) => {
    await using child = await thread.clone();
    await using grandchild = await child.clone();
    await using other = await grandchild.clone();
    const pids = new Set([thread, child, grandchild, other].map(({ process }) => process.pid));
    assert.equal(pids.size, 4);
    await child.process.kill(SIG.KILL);
    assert.equal(`${await child.process.wait()}`, "killed by SIGKILL");
    assert.equal(await grandchild.getpid(), grandchild.process.pid);
    await assert.rejects(child.getpid(), { name: "ThreadEndedError", outcomeUnknown: false });
  },
  "a clone's working directory is its own": async ({ thread, tmpdir }) => {
    const before = await thread.getcwd();
    await using child = await thread.clone();
    await child.chdir(tmpdir);
    assert.equal(await child.getcwd(), `${tmpdir}`);
    assert.equal(await thread.getcwd(), before);
    await child.writeFile("relative", "x");
    assert.equal(await thread.readTextFile(tmpdir.join("relative")), "x");
  },
  "fifty clones at once work": async ({ thread }) => {
    const clones = await Promise.all(Array.from({ length: 50 }, () => thread.clone()));
    const pids = await Promise.all(clones.map((clone) => clone.getpid()));
    assert.deepEqual(pids, clones.map(({ process }) => process.pid));
    await Promise.all(clones.map((clone) => clone[Symbol.asyncDispose]()));
  },
  "a thread becomes a service": async ({ thread, tmpdir }) => {
    const child = await thread.clone();
    await child.chdir(tmpdir);
    const service = await child.exec(new Command("pwd", ["-P"]));
    assert.equal(service.pid, child.process.pid);
    assert.ok((await service.wait()).isClean);
    await service.log!.ended;
    assert.deepEqual(service.log!.tail, [`${tmpdir}`]);
    await assert.rejects(child.getpid(), { name: "ThreadEndedError" });
  },
  "arguments and environment arrive whole": async ({ thread }) => {
    const words = ["", "a b", "'quoted'", '"', "$HOME", "é", "-n"];
    const command = new Command("printf", ["[%s]", ...words]).env({
      GIVEN: "x=y",
      PATH: "/usr/bin:/bin",
    });
    assert.deepEqual((await thread.run(command)).lines, [
      words.map((word) => `[${word}]`).join(""),
    ]);
    const { stdout } = await thread.run(sh("echo $GIVEN").env({ GIVEN: "x=y" }));
    assert.equal(stdout, "x=y\n");
    const removed = await thread.run(sh("echo ${HOME-unset}").env({ HOME: undefined }));
    assert.equal(removed.stdout, "unset\n");
  },
  "what cannot be executed says so, and nothing is left": async ({ thread, tmpdir }) => {
    await assert.rejects(thread.spawn(new Command("/no/such/program")), {
      code: "ENOENT",
      syscall: "execve",
    });
    await thread.writeFile(tmpdir.join("plain"), "not a program", { mode: 0o755 });
    await assert.rejects(thread.spawn(new Command(`${tmpdir.join("plain")}`)), { code: "ENOEXEC" });
    await thread.chmod(tmpdir.join("plain"), 0o644);
    await assert.rejects(thread.spawn(new Command(`${tmpdir.join("plain")}`)), { code: "EACCES" });
    await using child = await thread.clone();
    await assert.rejects(child.exec(new Command("no-such-program-anywhere")), { code: "ENOENT" });
    assert.equal(await child.getpid(), child.process.pid);
  },
  "what is prepared before an exec is a list of calls": async ({ thread }) => {
    const prepare = [calls.umask(0o027), calls.setrlimit(RLIMIT.NOFILE, 77n)];
    const { lines } = await thread.run(sh("umask; ulimit -n"), { prepare });
    assert.deepEqual(lines, ["0027", "77"]);
  },
  "a service has the umask, priority, limits, environment and secrets that it is given": async (
    { thread },
  ) => {
    const script = sh(
      'umask; ulimit -Sn; ulimit -Hn; nice; cat "$KEY"; echo; echo ${HOME-unset} $A; echo $KEY',
    );
    const { lines } = await thread.run(script, {
      umask: 0o026,
      limits: { nofile: { soft: 77, hard: 99 } },
      nice: 19, // Lower than that is not for everybody, wherever the tests themselves are.
      inheritEnvironment: false,
      environment: { A: "a", PATH: "/usr/bin:/bin" },
      secrets: { KEY: new Secret("short") },
    });
    const [umask, soft, hard, nice, ...others] = lines;
    assert.deepEqual([umask, soft, hard, nice], ["0026", "77", "99", "19"]);
    assert.deepEqual(others, ["short", "unset a", "/proc/self/fd/3"]);
  },
  "a stop has a signal, and is for a process alone or its group": async ({ thread }) => {
    const script = sh("trap 'kill -KILL $!; exit 7' INT; sleep 1000 & echo >&3; exec 3>&-; wait");
    for (const group of [true, false]) {
      const child = await thread.spawn(script, { ready: 3 });
      await child.ready;
      assert.equal(`${await child.terminate({ signal: SIG.INT, group })}`, "exited with status 7");
    }
  },
  "a name is looked up as execvp does, and a failure says what it found": async (
    { thread, tmpdir },
  ) => {
    await thread.writeFile(tmpdir.join("locked"), "#!/bin/sh\n", { mode: 0o644 });
    await thread.writeFile(tmpdir.join("script"), "#!/no/such/interpreter\n", { mode: 0o755 });
    const PATH = `/no/where:${tmpdir}:/also/no/where`;
    const fails = async (command: Command, code: string, message: RegExp) => {
      await using child = await thread.clone();
      for (const run of [() => thread.spawn(command), () => child.exec(command)]) {
        await assert.rejects(run, (error: Error) => {
          assert.match(error.message, message);
          return (error as SyscallError).code === code;
        });
      }
    };
    await fails(
      new Command("locked").env({ PATH }),
      "EACCES",
      /^Cannot execute \/.*\/locked: perm/,
    );
    await fails(
      new Command("absent").env({ PATH }),
      "ENOENT",
      /^Cannot execute absent: it is in none of PATH \(\/no\/where:.*:\/also\/no\/where\) \(ENOENT\)/,
    );
    await fails(
      new Command(tmpdir.join("script")),
      "ENOENT",
      /^Cannot execute \/.*\/script: its interpreter \/no\/such\/interpreter is missing/,
    );
    await fails(new Command("script").env({ PATH }), "ENOENT", /its interpreter \/no\/such/);
  },
  "as many arguments as the kernel takes, and no more": async ({ thread, tmpdir }) => {
    const many = Array.from({ length: 200_000 }, (_, index) => index % 10);
    const script = new Command("/bin/sh", ["-c", 'echo $#; echo "$2"', "sh", ...many]);
    // The kernel's room for arguments is a quarter of the stack's.
    const prepare = [calls.setrlimit(RLIMIT.STACK, 64n << 20n)];
    assert.deepEqual((await thread.run(script, { prepare })).lines, ["200000", "1"]);
    const long = "x".repeat(200_000);
    await assert.rejects(thread.spawn(sh("true").args(long)), { code: "E2BIG", syscall: "execve" });
    assert.ok((await thread.stat(tmpdir)).isDirectory);
  },
  "a service leads a session, and knows its instance": async ({ thread }) => {
    const script = 'echo $BAILIWICK_INSTANCE; cut -d" " -f1,5,6 /proc/$$/stat';
    const child = await thread.spawn(sh(script));
    assert.ok((await child.wait()).isClean);
    const [instance, ids] = child.log!.tail;
    assert.equal(instance, child.instance.toString(16).padStart(16, "0"));
    assert.equal(new Set(ids!.split(" ")).size, 1);
  },
  "a clone has namespaces of its own only": async ({ thread }) => {
    for (const flags of [CLONE.FILES, CLONE.VM | CLONE.NEWNS, NaN]) {
      await assert.rejects(thread.clone(flags), RangeError);
    }
    assert.equal(await thread.getpid(), thread.process.pid);
  },
  "a temporary directory outlives the thread that made it": async ({ thread }) => {
    const child = await thread.clone();
    const directory = await child.mkdtemp("outlives");
    await child.writeFile(directory.join("file"), "x");
    const service = await child.exec(new Command("true"));
    await service.wait();
    assert.equal(await thread.readTextFile(directory.join("file")), "x");
    await directory[Symbol.asyncDispose]();
    await assert.rejects(thread.stat(directory), { code: "ENOENT" });
  },
  "a spawn that fails on its way says where": async ({ thread, tmpdir }) => {
    const cwd = tmpdir.join("file");
    await thread.writeFile(cwd, "");
    await assert.rejects(thread.spawn(new Command("true"), { cwd }), {
      code: "EEXIST",
      syscall: "mkdirat",
    });
  },
  "exit statuses and signals are told apart": async ({ thread }) => {
    const ends = ["exit 0", "exit 7", "kill -TERM $$", "kill -KILL $$"];
    const children = await Promise.all(ends.map((script) => thread.spawn(sh(script))));
    const statuses = await Promise.all(children.map((child) => child.wait()));
    assert.deepEqual(statuses.map(String), [
      "exited with status 0",
      "exited with status 7",
      "killed by SIGTERM",
      "killed by SIGKILL",
    ]);
    await assert.rejects(children[0]!.kill(SIG.TERM), { code: "ESRCH" });
  },
  "a service is stopped, continued and killed": async ({ thread }) => {
    const child = await thread.spawn(new Command("sleep", ["1000"]));
    const stopped = child.waitFor(["stopped"]);
    await child.kill(SIG.STOP);
    assert.equal(`${await stopped}`, "stopped by SIGSTOP");
    const continued = child.waitFor(["continued"]);
    await child.kill(SIG.CONT);
    assert.equal((await continued).kind, "continued");
    await child.kill(SIG.KILL);
    assert.equal(`${await child.wait()}`, "killed by SIGKILL");
  },
  "one that ignores SIGTERM is killed after its grace": async ({ thread }) => {
    const child = await thread.spawn(
      sh("trap '' TERM; echo up >&3; exec 3>&-; sleep 1000 & wait"),
      {
        ready: 3,
      },
    );
    await child.ready;
    assert.equal(`${await child.terminate({ grace: 50 })}`, "killed by SIGKILL");
  },
  "400 at once, each gone before the thread that makes them says so": async ({ thread }) => {
    const ends = Array.from({ length: 400 }, async () => {
      await using child = await thread.spawn(new Command("true"), { log: false });
      return `${await child.wait()}`;
    });
    assert.deepEqual(new Set(await Promise.all(ends)), new Set(["exited with status 0"]));
  },
  "a service starts with no signal blocked or ignored": async ({ thread }) => {
    const grep = new Command("grep", ["-E", "^Sig(Blk|Ign)", "/proc/self/status"]);
    const { lines } = await thread.run(grep);
    assert.deepEqual(lines, ["SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000"]);
  },
  "what a service uses is told": async ({ thread }) => {
    const { status } = await thread.run(sh("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"));
    assert.ok(status.userTime > 0 && status.maxRss > 0);
  },
  "readiness is a byte, and its absence an error": async ({ thread }) => {
    const ready = await thread.spawn(sh("echo >&5; exec 5>&-; sleep 1000"), { ready: 5 });
    await ready.ready;
    await ready[Symbol.asyncDispose]();
    const never = await thread.spawn(sh("exit 3"), { ready: 5 });
    await assert.rejects(never.ready, { name: "ServiceNotReadyError" });
    await never.wait();
  },
};
