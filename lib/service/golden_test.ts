/**
 * Fingerprints of many services, as they were when they were first written to `golden.json`. If one became another
 * text, every service of its kind would be started again, on every host of every user, by the next release. Lines are
 * added to that file, and never changed.
 */
import assert from "node:assert/strict";
import { SockaddrIn, SockaddrIn6, SockaddrUn } from "../abi/mod.ts";
import { fakeThread } from "../thread/fake_host.ts";
import { calls, Command, Secret, type Thread } from "../thread/mod.ts";
import { nameHeld } from "./canonical.ts";
import { difference, fingerprintOf } from "./fingerprint.ts";
import golden from "./golden.json" with { type: "json" };
import type { StartOptions } from "./options.ts";
import { command, http, logLine, sdNotify, tcp } from "./readiness/readiness.ts";

const APPD = new Command("appd");

function commands(thread: Thread): Record<string, Command> {
  return {
    "by name": APPD,
    "by path": new Command("/bin/appd"),
    "by path of a host": new Command(thread.path("/bin/appd")),
    "text": new Command("appd", ["--to", "a b", "", "ä€😀", '\n"\\']),
    "numbers": new Command("appd", [0, -1, 1.5, 5n, 2n ** 63n]),
    "paths": new Command("appd", [thread.path("/srv/a b"), thread.path("/srv").join("c")]),
    "more arguments": new Command("appd", ["run"]).args("--port", 80),
    "environment": new Command("appd").env({ A: 1, B: "b", C: thread.path("/srv") }),
  };
}

function options(thread: Thread): Record<string, StartOptions> {
  const [sock, log] = [thread.adopt(7), thread.adopt(8)];
  nameHeld(sock, "web/http");
  nameHeld(log, "web/log");
  const port = new SockaddrIn("10.0.0.1", 80);
  return {
    "cwd": { cwd: "/srv" },
    "cwd of a host": { cwd: thread.path("/srv") },
    "user": { user: "www-data" },
    "user by number": { user: 33 },
    "group": { group: "www-data" },
    "groups": { groups: ["adm", 4] },
    "umask": { umask: 0o27 },
    "nice": { nice: -5 },
    "oomScoreAdjust": { oomScoreAdjust: 500 },
    "limits of memory": { limits: { memory: "512M" } },
    "limits of processors": { limits: { cpu: 1.5 } },
    "limits of tasks": { limits: { tasks: 64 } },
    "limits of files": { limits: { nofile: 4096, core: 0 } },
    "prepare": { prepare: [calls.umask(0o22)] },
    "prepare more": { prepare: [calls.setsid(), calls.chdir("/srv"), calls.setpriority(0, 0, 5)] },
    "fds": { fds: { 4: sock } },
    "fds, more": { fds: { 4: sock, 5: log } },
    "sockets": { sockets: { http: sock } },
    "inheritEnvironment": { inheritEnvironment: true },
    "environment": { environment: { A: "a", B: 2 } },
    "environment, removed": { environment: { A: undefined } },
    "environment, a path": { environment: { DATA: thread.path("/srv/data") } },
    "secrets": { secrets: { TOKEN: new Secret("hunter2") } },
    "secrets, more": { secrets: { B: new Secret("2"), A: new Secret("1") } },
    "log": { log: "memory" },
    "ready by a descriptor": { ready: 3 },
    "ready by sd_notify": { ready: sdNotify() },
    "ready by tcp": { ready: tcp(port) },
    "ready by http": { ready: http("http://127.0.0.1:80/healthz") },
    "ready by a command": { ready: command(new Command("pg_isready", ["-q"])) },
    "ready by a log line": { ready: logLine(/^listening on \d+/m) },
    "health": { health: http("http://127.0.0.1:80/healthz", { status: [200, 299] }) },
    "health by tcp of IPv6": { health: tcp(new SockaddrIn6("::1", 80)) },
    "uses text and numbers": { uses: ["a", 1, true, null, undefined, 7n] },
    "uses numbers that are none": { uses: [NaN, Infinity, -Infinity] },
    "uses objects": { uses: [{ b: 1, a: { d: [1], c: "x" } }] },
    "uses addresses": {
      uses: [port, new SockaddrIn6("fe80::1", 80, { scopeId: 2 }), new SockaddrUn("/s")],
    },
    "uses maps and sets": { uses: [new Map([["a", 1n]]), new Set(["b", 2])] },
    "uses bytes": { uses: [Uint8Array.of(1, 2, 3)] },
    "uses a descriptor": { uses: [sock] },
    "uses a secret": { uses: [new Secret("s")] },
    "uses a command": { uses: [new Command("appd", ["-v"])] },
    "uses what has a text": { uses: [new URL("http://a/b")] },
    "all": {
      ...{ cwd: "/srv", user: "www-data", umask: 0o77, nice: 5, limits: { memory: "1G" } },
      ...{ environment: { A: "a" }, ready: sdNotify(), health: tcp(port), uses: [port] },
      ...{ sockets: { http: sock }, secrets: { TOKEN: new Secret("t") }, log: "memory" },
    },
  };
}

Deno.test("services have the fingerprints that they had", async () => {
  const { thread } = await fakeThread();
  const made = Object.fromEntries([
    ...Object.entries(commands(thread)).map(([name, command]) =>
      [`command: ${name}`, fingerprintOf(thread, command, {}, "salt").fingerprint] as const
    ),
    ...Object.entries(options(thread)).map(([name, options]) =>
      [name, fingerprintOf(thread, APPD, options, "salt").fingerprint] as const
    ),
  ]);
  assert.ok(Object.keys(made).length >= 50);
  assert.deepEqual(made, golden);
});

Deno.test("a field that one release does not know yet starts none of two hundred services again", async () => {
  const { thread } = await fakeThread();
  for (let i = 0; i < 200; i++) {
    const all = { ...options(thread)["all"], nice: i % 20 };
    const { fingerprint } = fingerprintOf(thread, new Command("appd", [i]), all, "salt");
    const later = { ...all, someNewOption: undefined } as StartOptions;
    const now = fingerprintOf(thread, new Command("appd", [i]), later, "salt").fingerprint;
    assert.deepEqual(difference(fingerprint, now), []);
  }
});
