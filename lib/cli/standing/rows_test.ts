import assert from "node:assert/strict";
import type { Standing } from "../../wire/mod.ts";
import { rowsOf, unknownRows } from "./rows.ts";

const HOST = {
  name: "db1",
  way: { topology: "prod" },
  services: [{ path: "shop/redis", instance: "7", pid: 70, address: "/srv/sock", restarts: 2 }],
};

function standing(note: unknown, fields: Partial<Standing> = {}): Standing {
  const bytes = note instanceof Uint8Array ? note : new TextEncoder().encode(JSON.stringify(note));
  const process = { thread: 2, instance: 1n, started: 1500, pid: 71, state: "kept", name: "" };
  return { ...process, note: bytes, ...fields } as Standing;
}

Deno.test("rowsOf() has a line for each service that was noted, and for nothing else", () => {
  const common = {
    ...{ schema: 1, kind: "service", since: Date.UTC(2026, 0, 1), fingerprint: {}, salt: "" },
    ...{ holds: [], command: "", isReady: false, stop: { signal: 15, grace: 10, group: false } },
  };
  const redis = { ...common, path: "shop/redis", address: "/srv/sock", isReady: true };
  const sleeper = { ...common, path: "sleeper" };
  const socket = { ...common, kind: "descriptor", path: "socket" };
  const rows = rowsOf(HOST, [
    standing(redis),
    standing(sleeper, { pid: 72 }),
    standing({ ...sleeper, isLeaving: true }, { pid: 73 }),
    standing(sleeper, { state: "service", pid: 74 }),
    standing(sleeper, { state: "ended", pid: 75 }),
    standing({ ...sleeper, schema: 2 }, { pid: 76 }),
    standing(socket, { state: "held", name: "socket" }),
    standing(new Uint8Array(), { state: "service" }),
  ]);
  const one = { host: "db1", restarts: 0 };
  const since = "2026-01-01T00:00:00.000Z";
  assert.deepEqual(rows, [
    {
      ...one,
      since,
      name: "shop/redis",
      pid: 71,
      state: "ready",
      restarts: 2,
      address: "/srv/sock",
    },
    { ...one, since, name: "sleeper", pid: 72, state: "running" },
    { ...one, since, name: "sleeper", pid: 73, state: "stopping" },
    { ...one, since, name: "sleeper", pid: 74, state: "starting" },
    { ...one, since, name: "sleeper", pid: 75, state: "ended" },
    { ...one, name: "sleeper", pid: 76, state: "unknown" },
  ]);
});

Deno.test("unknownRows() has what was last known of a host that cannot be reached", () => {
  assert.deepEqual(unknownRows(HOST), [{
    ...{ name: "shop/redis", host: "db1", pid: 70, state: "unknown", restarts: 2 },
    address: "/srv/sock",
  }]);
});
