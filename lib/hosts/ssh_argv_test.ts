import assert from "node:assert/strict";
import fc from "fast-check";
import { sshArgv } from "./ssh_argv.ts";

Deno.test("sshArgv() puts forced options first and the destination behind --", () => {
  const argv = sshArgv({ to: "user@db1", args: ["-p", "2222", "-Jbastion"], config: "/x" }, "true");
  assert.deepEqual(argv.slice(0, 4), ["ssh", "-F", "/x", "-o"]);
  assert.ok(argv.includes("StrictHostKeyChecking=yes"));
  assert.deepEqual(argv.slice(-11, -8), ["-p", "2222", "-Jbastion"]);
  assert.deepEqual(argv.slice(-3), ["--", "user@db1", "true"]);
});

Deno.test("sshArgv() takes names and addresses as they are in use", () => {
  const names = [
    "a",
    "db-1.example.org",
    "user@10.0.0.1",
    "::1",
    "root@fe80::1%eth0",
    "a.b@corp.example@host_1",
  ];
  for (const to of names) assert.equal(sshArgv({ to }, "true").at(-2), to);
});

Deno.test("sshArgv() takes the forms that ssh takes, and brackets", () => {
  const forms: Record<string, string[]> = {
    "ssh://db1": ["db1"],
    "ssh://me@db1:2222/": ["-p", "2222", "me@db1"],
    "ssh://[fe80::1%eth0]:22": ["-p", "22", "fe80::1%eth0"],
    "me@[::1]": ["me@::1"],
  };
  for (const [to, expected] of Object.entries(forms)) {
    const argv = sshArgv({ to }, "true");
    assert.equal(argv.at(-2), expected.at(-1));
    assert.equal(argv.indexOf("-p") >= 0, expected.length > 1);
    if (expected.length > 1) assert.equal(argv[argv.indexOf("-p") + 1], expected[1]);
  }
});

Deno.test("sshArgv() says how to write a port", () => {
  for (const [to, form] of [["me@db1:22", "ssh://me@db1:22"], ["[::1]:22", "ssh://[::1]:22"]]) {
    assert.throws(() => sshArgv({ to: to! }, "true"), {
      name: "TypeError",
      message: new RegExp(`; for a port write ${form!.replaceAll(/[[\]]/g, "\\$&")}$`),
    });
  }
});

Deno.test("sshArgv() gives ssh whole seconds", () => {
  const seconds = (connectTimeout: number) =>
    sshArgv({ to: "a", connectTimeout }, "true").find((word) => word.startsWith("ConnectTimeout"));
  assert.equal(seconds(1), "ConnectTimeout=1");
  assert.equal(seconds(4001), "ConnectTimeout=5");
});

const HOSTILE = [
  "",
  "@",
  "user@",
  "@host",
  "-oProxyCommand=touch canary",
  "user@-oProxyCommand=touch",
  "-luser@host",
  "a b",
  "a\nb",
  "a\0b",
  "a'b",
  'a"b',
  "a;b",
  "$(touch canary)@host",
  "host`touch canary`",
  "a|b",
  "a/b",
  "a\\b",
  "%h",
  "ssh://",
  "ssh://-oProxyCommand=touch",
  "ssh://host:0",
  "ssh://host:65536",
  "ssh://host/path",
  "host:22",
  "[::1]:22",
  "[host]",
  "ssh://::1:22",
  "hôte",
  "x".repeat(256),
];

Deno.test("sshArgv() refuses hostile host and user names", () => {
  for (const to of HOSTILE) {
    assert.throws(() => sshArgv({ to }, "true"), TypeError, to);
    assert.throws(
      () => sshArgv({ to: `user@${to}${to === "" ? "" : " "}` }, "true"),
      TypeError,
      to,
    );
  }
});

const likely = fc.array(
  fc.constantFrom("ssh://", "[", "]", "::", "-", "@", ":", "1", "a", "%", "/"),
)
  .map((parts) => parts.join(""));

Deno.test("sshArgv() lets through only names that neither ssh nor a shell can read otherwise", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), likely), (to) => {
      let destination: string;
      try {
        destination = sshArgv({ to }, "true").at(-2)!;
      } catch (error) {
        return error instanceof TypeError;
      }
      return /^[A-Za-z0-9_:@.+%-]+$/.test(destination) && !/(^|@)-/.test(destination);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("sshArgv() refuses arguments that aren't options or change the stream", () => {
  for (
    const args of [["host"], ["-N"], ["-vf"], ["-A"], ["-X"], ["--"], ["-"], [""], ["-p"], [
      "-W",
      "a:1",
    ]]
  ) {
    assert.throws(() => sshArgv({ to: "a", args }, "true"), TypeError, args.join(" "));
  }
  for (const connectTimeout of [0, -1, NaN, Infinity]) {
    assert.throws(() => sshArgv({ to: "a", connectTimeout }, "true"), RangeError);
  }
});

Deno.test("sshArgv() lets ssh itself give up long after program and agent do, or never", () => {
  const alive = (silence?: number) =>
    sshArgv({ to: "db1" }, "true", silence).filter((arg) => arg.startsWith("ServerAlive"));
  assert.deepEqual(alive(), ["ServerAliveInterval=15", "ServerAliveCountMax=4"]);
  assert.deepEqual(alive(60_500), ["ServerAliveInterval=61", "ServerAliveCountMax=4"]);
  for (const never of [0, Infinity]) assert.deepEqual(alive(never), ["ServerAliveInterval=0"]);
});
