import assert from "node:assert/strict";
import process from "node:process";
import { socket } from "./sockets.ts";

/** Runs with these variables, and without what was there. */
function given(variables: Readonly<Record<string, string>>, body: () => void): void {
  const names = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"];
  for (const name of names) delete process.env[name];
  Object.assign(process.env, variables);
  try {
    body();
  } finally {
    for (const name of names) delete process.env[name];
  }
}

Deno.test("socket() finds a socket by its name, or the only one", () => {
  given({ LISTEN_FDS: "1" }, () => assert.equal(socket(), 3));
  const two = { LISTEN_FDS: "2", LISTEN_FDNAMES: "http:admin" };
  given(two, () => assert.deepEqual([socket("http"), socket("admin"), socket(9)], [3, 4, 9]));
  given({ ...two, LISTEN_PID: `${process.pid}` }, () => assert.equal(socket("admin"), 4));
});

Deno.test("socket() says what there is instead", () => {
  given({}, () => assert.throws(() => socket(), /was given no sockets/));
  const two = { LISTEN_FDS: "2", LISTEN_FDNAMES: "http:admin" };
  given(two, () => {
    assert.throws(() => socket(), /the sockets http, admin: .* only of one without a name/);
    assert.throws(() => socket("ftp"), {
      name: "TypeError",
      message: "This service was given the sockets http, admin: there is none of the name ftp",
    });
  });
  // They are those of a parent.
  given({ ...two, LISTEN_PID: "1" }, () => assert.throws(() => socket("http"), /no sockets/));
});
