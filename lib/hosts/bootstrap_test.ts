import assert from "node:assert/strict";
import { testHostsAvailable, TestNetwork, toolsAvailable } from "../testing/hosts/mod.ts";
import { Bootstrap, type BootstrapOptions } from "./bootstrap.ts";
import { type Agent, bootstrapScript, READ_SCRIPT } from "./bootstrap_script.ts";
import {
  AgentDamagedError,
  NoPlaceToRunError,
  NoShellError,
  UnknownArchitectureError,
} from "./errors.ts";

// Any program can stand for an agent; cat shows that it gets exactly the bytes behind the agents.
const cat: Agent = { arch: Deno.build.arch, bytes: await Deno.readFile("/bin/cat") };
const otherArch = Deno.build.arch === "x86_64" ? "aarch64" : "x86_64";
const other: Agent = { arch: otherArch, bytes: new Uint8Array(30_000).fill(65) };
const noHosts = !testHostsAvailable().ok;

interface Talk {
  readonly arch: string;
  readonly answer: string;
}

/** Bootstraps what runs behind argv, sends a line, and returns the answer. */
async function talk(
  argv: readonly string[],
  options: Partial<BootstrapOptions> = {},
): Promise<Talk> {
  const boot = new Bootstrap({ host: "far", agents: [cat, other], shellOnInput: true, ...options });
  const [command, ...args] = argv as [string, ...string[]];
  const child = new Deno.Command(command, { args, stdin: "piped", stdout: "piped", stderr: "null" })
    .spawn();
  const writer = child.stdin.getWriter();
  const send = (bytes: Uint8Array) => void writer.write(bytes).catch(() => {});
  send(boot.opening);
  let ready: { arch: string } | undefined;
  let answer = "";
  const decoder = new TextDecoder();
  try {
    for await (const bytes of child.stdout) {
      if (ready !== undefined) {
        answer += decoder.decode(bytes);
        continue;
      }
      const event = boot.push(bytes);
      if (event.state === "send") send(event.bytes);
      if (event.state !== "ready") continue;
      ready = event;
      answer = decoder.decode(event.rest);
      send(new TextEncoder().encode("hello, agent\n"));
      writer.close().catch(() => {});
    }
    if (ready === undefined) throw boot.ended();
    return { arch: ready.arch, answer };
  } finally {
    await writer.close().catch(() => {});
    await child.status;
  }
}

const expected = { arch: Deno.build.arch, answer: "hello, agent\n" };

/** Debian has each of these programs in a package of its name. */
function isInstalled(program: string): boolean {
  return toolsAvailable({ [program]: program }).ok;
}

for (const shell of [["sh"], ["dash"], ["bash"], ["bash", "--posix"], ["busybox", "sh"]]) {
  const ignore = shell[0] !== "sh" && !isInstalled(shell[0]!);
  Deno.test({
    name: `bootstrap runs the agent when the far side is ${shell.join(" ")} on its input`,
    ignore,
    fn: async () => assert.deepEqual(await talk(shell), expected),
  });
  Deno.test({
    name: `bootstrap runs the agent when ${
      shell.join(" ")
    } gets READ_SCRIPT, agents in either order`,
    ignore,
    fn: async () => {
      const argv = [...shell, "-c", READ_SCRIPT];
      for (const agents of [[cat, other], [other, cat], [cat]]) {
        assert.deepEqual(await talk(argv, { agents, shellOnInput: false }), expected);
      }
    },
  });
}

Deno.test("bootstrap works with other tools: no sha256sum, dd without fullblock", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const plain = `#!/bin/sh\ncase "$*" in *fullblock*) exit 1;; esac\nexec /bin/dd "$@"\n`;
    await Deno.writeTextFile(`${dir}/dd`, plain, { mode: 0o755 });
    for (const tool of ["sh", "uname", "mkdir", "chmod", "rm", "cksum", "wc"]) {
      await Deno.symlink(`/usr/bin/${tool}`, `${dir}/${tool}`);
    }
    const agents = [other, cat];
    assert.deepEqual(await talk(["env", `PATH=${dir}`, "sh"], { agents }), expected);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test({
  name: "bootstrap works where all tools are busybox",
  ignore: !isInstalled("busybox"),
  fn: async () => {
    const dir = await Deno.makeTempDir();
    try {
      await new Deno.Command("busybox", { args: ["--install", "-s", dir] }).output();
      const agents = [other, cat];
      assert.deepEqual(await talk(["env", `PATH=${dir}`, `${dir}/sh`], { agents }), expected);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});

Deno.test("bootstrap skips a banner, also one without a newline", async () => {
  const argv = ["sh", "-c", "printf 'Welcome\n to far'; exec sh"];
  assert.deepEqual(await talk(argv), expected);
});

Deno.test("bootstrap gives up when the far side says too much, echoes, or says nothing", async () => {
  await assert.rejects(talk(["sh", "-c", "exec cat /dev/zero"]), NoShellError);
  await assert.rejects(talk(["cat"], { shellOnInput: false }), NoShellError);
  await assert.rejects(talk(["true"]), /ended without a word/);
  await assert.rejects(talk(["echo", "no login"]), /no login/);
});

Deno.test("bootstrap names an unknown architecture", async () => {
  await assert.rejects(talk(["sh"], { agents: [other] }), UnknownArchitectureError);
});

Deno.test("bootstrap tells an agent that is short from one that was changed", async () => {
  const script = bootstrapScript([cat], "T");
  const run = async (bytes: Uint8Array) => {
    const argv = ["-c", READ_SCRIPT];
    const child = new Deno.Command("sh", { args: argv, stdin: "piped", stdout: "piped" }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(script));
    await writer.write(bytes);
    await writer.close();
    return new TextDecoder().decode((await child.output()).stdout);
  };
  assert.match(await run(cat.bytes.subarray(0, 1000)), /^T error short 1000 of \d+ bytes in /);
  assert.match(await run(cat.bytes.toReversed()), /^T error hash /);
  const boot = new Bootstrap({ host: "far", agents: [cat], shellOnInput: false });
  const token = /t=([0-9a-f]+);/.exec(new TextDecoder().decode(boot.opening))![1]!;
  assert.throws(
    () => boot.push(new TextEncoder().encode(`${token} error short 1 of 2 bytes in /tmp\n`)),
    AgentDamagedError,
  );
});

Deno.test("Bootstrap.push() finds the token split at every offset, and returns the exact rest", () => {
  const text = "banner\xff\n";
  for (let at = 1; at < 90; at++) {
    const boot = new Bootstrap({ host: "far", agents: [cat], shellOnInput: false });
    const token = /t=([0-9a-f]+);/.exec(new TextDecoder().decode(boot.opening))![1]!;
    const line = `${text}${token} ready ${cat.arch}\n\x00\xff\x80rest`;
    const bytes = Uint8Array.from(line, (char) => char.charCodeAt(0));
    const first = boot.push(bytes.slice(0, at));
    const last = first.state === "ready" ? first : boot.push(bytes.slice(at));
    assert.equal(last.state, "ready");
    if (last.state !== "ready") continue;
    const seen = bytes.slice(first.state === "ready" ? at : bytes.length);
    assert.equal(last.rest.length + seen.length, 7);
  }
});

Deno.test({
  name: "bootstrap over ssh leaves nothing, whatever the login shell and the places",
  ignore: noHosts,
  fn: async (t) => {
    const shells = {
      fish: "/usr/bin/fish",
      csh: "/bin/tcsh",
      bash: "/bin/bash",
      no: "/usr/sbin/nologin",
    };
    await using net = await TestNetwork.make({ hosts: 1, users: shells });
    const host = net.hosts[0]!;
    const ssh = (
      user: string,
    ) => ["ssh", "-T", "-F", net.sshConfig, "-l", user, "host0", READ_SCRIPT];
    const over = (user: string) => talk(ssh(user), { shellOnInput: false });
    const tools: Record<string, string> = { fish: "fish", csh: "tcsh", bash: "bash" };
    for (const user of ["root", "user", "fish", "csh", "bash"]) {
      const tool = tools[user];
      await t.step({
        name: user,
        ignore: tool !== undefined && !isInstalled(tool),
        fn: async () => {
          assert.deepEqual(await over(user), expected);
          // fish keeps files of its own in the home.
          if (user === "fish") await host.run(["sh", "-c", "rm -rf /home/fish/.[a-z]*"]);
          await host.untilEmpty();
        },
      });
    }
    await t.step("nologin", () => assert.rejects(over("no"), NoShellError));
    for (const place of ["/dev/shm", "/tmp", "/var/tmp"]) {
      await host.remount(place, "noexec");
      await t.step(`${place} noexec`, async () => {
        assert.deepEqual(await over("root"), expected);
        await host.untilEmpty();
      });
    }
    await host.remount("/root", "noexec");
    await t.step("no place", async () => {
      await assert.rejects(over("root"), NoPlaceToRunError);
      await host.untilEmpty();
    });
  },
});
