import assert from "node:assert/strict";
import { SockaddrIn, SockaddrIn6, SockaddrUn } from "../../abi/mod.ts";
import { Command } from "../../thread/mod.ts";
import { command, http, logLine, sdNotify, tcp } from "./readiness.ts";

Deno.test("tcp() and http() take addresses as people write them", () => {
  assert.deepEqual(tcp("127.0.0.1:80").address, new SockaddrIn("127.0.0.1", 80));
  assert.deepEqual(tcp("localhost:80").address, new SockaddrIn("127.0.0.1", 80));
  assert.deepEqual(tcp("[::1]:80").address, new SockaddrIn6("::1", 80));
  assert.deepEqual(tcp("/run/x.sock").address, new SockaddrUn("/run/x.sock"));
  const { address, host, path, status } = http("http://localhost:8080/a?b=c");
  assert.deepEqual({ address, host, path, status }, {
    address: new SockaddrIn("127.0.0.1", 8080),
    host: "localhost:8080",
    path: "/a?b=c",
    status: [200, 399],
  });
  assert.deepEqual(http("http://127.0.0.1/").address, new SockaddrIn("127.0.0.1", 80));
  const socket = http(new SockaddrUn("/run/x.sock"), { path: "/up", status: 204 });
  assert.deepEqual([socket.host, socket.path, socket.status], ["localhost", "/up", [204, 204]]);
});

Deno.test("readiness is data", () => {
  assert.deepEqual(sdNotify(), { kind: "sd_notify" });
  assert.deepEqual(sdNotify({ watchdog: 500 }), { kind: "sd_notify", watchdog: 500 });
  assert.deepEqual(logLine("up"), { kind: "log-line", pattern: "up" });
  assert.deepEqual(logLine(/^up$/giu), { kind: "log-line", pattern: "^up$", flags: "iu" });
  const probe = tcp("127.0.0.1:80", { interval: 10, timeout: 20, tries: 3 });
  assert.deepEqual([probe.interval, probe.timeout, probe.tries], [10, 20, 3]);
});

Deno.test("readiness refuses what cannot be, and says what can", () => {
  const wrong: readonly [() => unknown, RegExp][] = [
    [() => tcp("redis:6379"), /needs an IP address or localhost, as names are not resolved/],
    [
      () => tcp("6379"),
      /An address is HOST:PORT or the absolute path of a Unix socket, not "6379"/,
    ],
    [() => tcp("127.0.0.1:99999"), /not 127.0.0.1:99999/],
    [() => http("https://127.0.0.1/"), /for TLS give a command, such as curl/],
    [() => http("http://127.0.0.1/", { path: "/x" }), /A URL has its path/],
    [() => http(new SockaddrUn("/x"), { path: "x\r\nA: b" }), /begins with \/ and is printable/],
    [() => http("http://127.0.0.1/", { status: 700 }), /status is from 100 to 599/],
    [() => tcp("127.0.0.1:1", { interval: -1 }), /interval is a duration/],
    [() => tcp("127.0.0.1:1", { timeout: 0 }), /timeout is more than 0 milliseconds/],
    [
      () => command(new Command("true"), { tries: 0 }),
      /tries is a whole number from 1 on, or Infinity, not 0/,
    ],
    [() => tcp("127.0.0.1:80", { tries: 1.5 }), /or Infinity, not 1.5/],
    [() => sdNotify({ watchdog: Infinity }), /watchdog is more than 0 milliseconds and has an end/],
  ];
  for (const [make, message] of wrong) assert.throws(make, message);
});
