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
  "ssh://host",
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

Deno.test("sshArgv() lets through only names that neither ssh nor a shell can read otherwise", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (to) => {
      try {
        sshArgv({ to }, "true");
      } catch (error) {
        return error instanceof TypeError;
      }
      return /^[A-Za-z0-9_:@.+%-]+$/.test(to) && !/(^|@)-/.test(to);
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
  for (const connectTimeout of [0, -1, 1.5, NaN]) {
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
