/** Services of other users than the program's: who they are, and what they can reach. Needs root. */
import assert from "node:assert/strict";
import {
  Command,
  commandHost,
  deploy,
  FilesPackage,
  type Host,
  MS,
  type Path,
  type RunOptions,
  SockaddrIn,
  SockaddrUn,
  sshHost,
  startService,
  SyscallError,
  User,
} from "bailiwick";
import { systemTest, testHostsAvailable, TestNetwork } from "bailiwick/testing";
import { lines } from "./support/shell.ts";

const ignore = Deno.uid() !== 0;

const WHO = "id -u; id -g; id -G; echo $HOME $USER $LOGNAME $SHELL $XDG_CACHE_HOME$TMPDIR; pwd";

/** A host with users and groups of its own, and a getent that knows one more of each. */
async function withUsers(body: (host: Host, files: string) => Promise<void>): Promise<void> {
  const files = await Deno.makeTempDir();
  await Deno.chmod(files, 0o755);
  const write = (name: string, text: string, mode = 0o644) =>
    Deno.writeTextFile(`${files}/${name}`, text, { mode });
  await write(
    "passwd",
    `root:x:0:0::/root:/bin/sh\napp:x:700:701:An app:${files}:/bin/dash\nbad\nlost:x:703:703::/no/where:\n`,
  );
  await write("group", "app:x:701:app\nlogs:x:710:app,other\nmedia:x:711:other\nssl:x:712:app\n");
  await write("nsswitch.conf", "passwd: files ldap\ngroup: files [SUCCESS=merge] systemd\n");
  await write(
    "getent",
    '#!/bin/sh\ncase "$1 $2" in "passwd far") echo far:x:800:801::/:/bin/sh;;\n' +
      '"initgroups app") echo "app 710 720";; "group distant") echo distant:x:850:;; *) exit 2;; esac\n',
    0o755,
  );
  try {
    await using host = await commandHost(["unshare", "--mount", "sh"], {
      name: "users",
      environment: { PATH: `${files}:/usr/sbin:/usr/bin:/sbin:/bin`, XDG_CACHE_HOME: "/x" },
    });
    for (const name of ["passwd", "group", "nsswitch.conf"]) {
      await host.thread.mount(`${files}/${name}`, `/etc/${name}`, "", MS.BIND);
    }
    await body(host, files);
  } finally {
    await Deno.remove(files, { recursive: true });
  }
}

Deno.test({ name: "a user is found by name and by number, with its groups", ignore }, async () => {
  await withUsers(async ({ thread }, files) => {
    const app = await thread.user("app");
    const expected = { name: "app", uid: 700, gid: 701, groups: [710, 712], home: files };
    assert.deepEqual(app.toJSON(), { ...expected, shell: "/bin/dash" });
    assert.deepEqual((await thread.user(700)).toJSON(), app.toJSON());
    assert.deepEqual((await thread.user("far")).uid, 800);
    assert.equal(`${await thread.user("lost")}`, "lost");
    await assert.rejects(thread.user("nobody-here"), {
      name: "UnknownUserError",
      message: "There is no user of the name nobody-here on host users: neither its /etc/passwd " +
        "nor getent(1) has it; install what makes it, or make it by useradd(8)",
    });
    await assert.rejects(thread.user(4711), /There is no user of the number 4711 on host users/);
    for (const who of ["", "a:b", "a\n"]) await assert.rejects(thread.user(who), TypeError);
    for (const who of [-1, 0.5, NaN, 2 ** 32]) await assert.rejects(thread.user(who), RangeError);
  });
});

Deno.test({ name: "groups come from getent where nsswitch.conf says so", ignore }, async () => {
  await withUsers(async ({ thread }, files) => {
    await Deno.writeTextFile(`${files}/nsswitch.conf`, "group: files ldap # the company's\n");
    assert.deepEqual((await thread.user("app")).groups, [710, 720]);
  });
});

Deno.test({ name: "a service of another user is that user wholly", ignore }, async () => {
  await withUsers(async ({ thread }, files) => {
    const environment = `${files} app app /bin/dash`;
    const expected = ["700", "701", "701 710 712", environment, files];
    assert.deepEqual(await lines(thread, WHO, { user: "app" }), expected);
    assert.deepEqual(await lines(thread, WHO, { user: 700 }), expected);
    assert.deepEqual(await lines(thread, WHO, { user: await thread.user("app") }), expected);
    assert.equal((await lines(thread, WHO, { user: "lost" })).at(-1), "/");
    const groups = { user: "app", group: "media", groups: ["distant", 5] };
    assert.deepEqual((await lines(thread, WHO, groups)).slice(0, 3), ["700", "711", "711 5 850"]);
    assert.deepEqual(await lines(thread, "id -u; id -G", { user: "app", groups: [] }), [
      "700",
      "701",
    ]);
    assert.deepEqual(await lines(thread, "id -u; id -g; pwd", { group: "media", cwd: "/usr" }), [
      "0",
      "711",
      "/usr",
    ]);
    await assert.rejects(lines(thread, WHO, { group: "nothing" }), /There is no group of the name/);
    assert.deepEqual(await lines(thread, "id -u"), ["0"]);
  });
});

systemTest("a user is one host's only", async ({ thread, host }) => {
  const nobody = await thread.user("nobody");
  const foreign = new User({ ...host.info, name: "other" }, nobody);
  const spawning = thread.spawn(new Command("true"), { user: foreign });
  await assert.rejects(spawning, /nobody is a user of host other and cannot be used on host local/);
}, { ignore });

systemTest("a directory that is made for a service belongs to its user", async (
  { thread, tmpdir },
) => {
  const user = await thread.user("nobody");
  const made = tmpdir.join("made");
  assert.deepEqual(await lines(thread, "umask; >file; pwd", { user, cwd: made, umask: 0o027 }), [
    "0027",
    `${made}`,
  ]);
  assert.deepEqual([(await thread.stat(made)).uid, (await thread.stat(made)).gid], [
    user.uid,
    user.gid,
  ]);
  assert.equal((await thread.stat(made.join("file"))).mode & 0o777, 0o640);
  const there = tmpdir.join("there");
  await thread.mkdir(there, 0o755);
  await lines(thread, "true", { user, cwd: there });
  assert.equal((await thread.stat(there)).uid, 0);
}, { ignore });

systemTest("a directory or program that shuts a user out is an error that says which", async (
  { thread, tmpdir },
) => {
  const closed = tmpdir.join("closed");
  await thread.mkdir(closed, 0o750);
  await thread.mkdir(closed.join("in"), 0o755);
  await thread.writeFile(closed.join("in/run"), "#!/bin/sh\n", { mode: 0o755 });
  const expected = (what: string) => (error: unknown) => {
    assert.ok(error instanceof SyscallError && error.cause instanceof SyscallError);
    assert.ok(
      error.message.startsWith(
        `Cannot ${what}: ${closed} belongs to user 0 with mode 0750, so nobody cannot pass (EACCES)`,
      ),
      error.message,
    );
    assert.match(error.message, /; make a temporary directory for that user: mkdtemp\(/);
    return true;
  };
  const cwd = closed.join("in");
  const user = "nobody";
  const command = new Command(closed.join("in/run"));
  await assert.rejects(lines(thread, "true", { user, cwd }), expected(`start in ${cwd}`));
  await assert.rejects(thread.spawn(command, { user }), expected(`execute ${command}`));
}, { ignore });

systemTest("a service that fails where its user cannot get to says so", async (
  { nursery, thread, tmpdir },
) => {
  const closed = tmpdir.join("closed");
  await thread.mkdir(closed, 0o700);
  const file = closed.join("file");
  await thread.writeFile(file, "", { mode: 0o644 });
  const why =
    `it may not reach ${file}: ${closed} belongs to user 0 with mode 0700, so nobody cannot pass`;
  for (const argument of [file, `--config=${file}`]) {
    const command = new Command("sh", ["-c", "sleep 0; exit 4", "sh", argument]);
    const child = await thread.spawn(command, { user: "nobody" });
    assert.equal(`${await child.wait()}`, "exited with status 4");
    assert.equal(child.reason, why);
  }
  const command = new Command("cat", [file]);
  await assert.rejects(startService(nursery, thread, command, { user: "nobody", ready: 3 }), {
    name: "ServiceError",
    reason: why,
  });
  const harmless = new Command("sh", ["-c", "exit 4", "sh", tmpdir.join("file")]);
  const child = await thread.spawn(harmless, { user: "nobody" });
  await child.wait();
  assert.equal(child.reason, undefined);
}, { ignore });

systemTest("a temporary directory can be another user's", async ({ thread }) => {
  const user = await thread.user("nobody");
  await using own = await thread.mkdtemp("own", { owner: user });
  await using passable = await thread.mkdtemp("open", { mode: 0o711 });
  await thread.writeFile(passable.join("file"), "read", { mode: 0o644 });
  await using closed = await thread.mkdtemp("closed");
  await thread.writeFile(closed.join("file"), "secret", { mode: 0o644 });
  const script =
    `exec 2>&1; >${own}/mine && cat ${passable}/file; echo; ls ${passable} || ls ${passable.parent} ||
cat ${closed}/file || stat -c %a ${own}`;
  const seen = await lines(thread, script, { user });
  assert.deepEqual(seen.filter((line) => !line.includes("ermission denied")), ["read", "700"]);
  assert.equal(seen.length, 5);
}, { ignore });

systemTest("directories and sockets can be made for a user", async ({ thread, tmpdir }) => {
  const owner = await thread.user("nobody");
  await using masked = await thread.clone();
  await masked.umask(0o077);
  const directory = await masked.makeDirectory(tmpdir.join("data"), { owner, mode: 0o750 });
  const address = new SockaddrUn(`${tmpdir.join("socket")}`);
  await using _sock = await masked.listen(address, 16, { owner, mode: 0o660 });
  const facts = async (path: Path) => {
    const { mode, uid, gid } = await thread.stat(path);
    return [mode & 0o777, uid, gid];
  };
  assert.deepEqual(await facts(directory), [0o750, owner.uid, owner.gid]);
  assert.deepEqual(await facts(tmpdir.join("socket")), [0o660, owner.uid, owner.gid]);
  await thread.makeDirectory(`${directory}`, { mode: 0o700 });
  assert.deepEqual(await facts(directory), [0o700, owner.uid, owner.gid]);
  await thread.symlink("/root", tmpdir.join("link"));
  const link = thread.makeDirectory(tmpdir.join("link"), { owner });
  await assert.rejects(link, /^SyscallError: Cannot open .*link: .*\((ELOOP|ENOTDIR)\)/);
  for (const other of [new SockaddrIn("127.0.0.1", 0), new SockaddrUn("\0abstract")]) {
    await assert.rejects(
      thread.listen(other, 1, { mode: 0o600 }),
      /is no file, so it has no owner/,
    );
  }
}, { ignore });

/** A package whose one program says who runs it, and what is beside it. */
const whoami = new FilesPackage("whoami", [
  {
    path: "bin/whoami",
    mode: 0o755,
    content: text("#!/bin/sh\nid -un; cat $(dirname $0)/../etc/text\n"),
  },
  { path: "etc/text", mode: 0o644, content: text("beside\n") },
]);

function text(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test({
  name: "a package is deployed for another user, and for nobody else",
  ignore: ignore || !testHostsAvailable().ok,
}, async () => {
  await using network = await TestNetwork.make({ hosts: 1 });
  await using host = await sshHost({ to: "host0", config: network.sshConfig });
  const { thread } = host;
  const user = await thread.user("nobody");
  const own = (await deploy(thread, whoami)).bin("whoami");
  await assert.rejects(thread.spawn(own, { user }), (error: Error) => {
    assert.match(
      error.message,
      /^Cannot execute \/root\/.*: \/root belongs to user 0 with mode 0700, so nobody/,
    );
    assert.match(
      error.message,
      /if that is a package, deploy it for that user: deploy\(thread, package, \{ user \}\)$/,
    );
    return true;
  });
  await using masked = await thread.clone();
  await masked.umask(0o077);
  const pkg = await deploy(masked, whoami, { user });
  assert.match(`${pkg.path}`, /^\/var\/tmp\/bailiwick-0-for-65534\/store\//);
  const run = async (as: RunOptions) => {
    return (await thread.run(pkg.bin("whoami"), as)).lines;
  };
  assert.deepEqual(await run({ user }), ["nobody", "beside"]);
  await assert.rejects(run({ user: "sshd", group: "root" }), { code: "EACCES" });
  const again = await deploy(thread, whoami, { user });
  assert.equal(`${again.path}`, `${pkg.path}`);
  await host.close();
  const closed = await sshHost({ to: "host0", config: network.sshConfig });
  await using _closed = closed;
  const { code } = await network.hosts[0]!.run(["chmod", "700", "/var/tmp"]);
  assert.equal(code, 0);
  const elsewhere = await deploy(closed.thread, new FilesPackage("other", []), {
    user: await closed.thread.user("nobody"),
  });
  assert.ok(`${elsewhere.path}`.startsWith(closed.info.temporary), `${elsewhere.path}`);
});

Deno.test({
  name: "a user is looked up on the host that the service runs on",
  ignore: ignore || !testHostsAvailable().ok,
}, async () => {
  await using network = await TestNetwork.make({ hosts: 1, users: { tenant: "/bin/bash" } });
  {
    await using host = await sshHost({ to: "host0", config: network.sshConfig });
    const tenant = [
      "2001",
      "65534",
      "65534",
      "/home/tenant tenant tenant /bin/bash",
      "/home/tenant",
    ];
    assert.deepEqual(await lines(host.thread, WHO, { user: "tenant" }), tenant);
    await using own = await sshHost({ to: "tenant@host0", config: network.sshConfig });
    assert.deepEqual(await lines(own.thread, "id -u", { user: "tenant" }), ["2001"]);
    await assert.rejects(lines(own.thread, "id -u", { user: "nobody" }), {
      name: "SyscallError",
      code: "EPERM",
      message: /only root may: run the program as root, or connect to the host as root$/,
    });
  }
  await network.hosts[0]!.untilEmpty();
});
