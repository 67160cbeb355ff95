import assert from "node:assert/strict";
import { readAgent } from "../assets/mod.ts";
import type { Hello } from "../wire/mod.ts";
import { buildId, checkBuild, ownBuild } from "./build.ts";

/** An ELF executable of one note segment, with another note before the build's. */
function executable(name = "GNU\0", type = 3): Uint8Array {
  const bytes = new Uint8Array(64 + 56 + 60);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 4, true);
  view.setBigUint64(64 + 8, 120n, true);
  view.setBigUint64(64 + 32, 60n, true);
  const note = (at: number, noteType: number, noteName: string, length: number) => {
    view.setUint32(at, noteName.length, true);
    view.setUint32(at + 4, length, true);
    view.setUint32(at + 8, noteType, true);
    bytes.set(new TextEncoder().encode(noteName), at + 12);
  };
  note(120, 1, "X\0", 3);
  note(140, type, name, 20);
  bytes.fill(0xab, 156, 176);
  return bytes;
}

Deno.test("buildId() finds the build's note among others", () => {
  assert.equal(buildId(executable()), "ab".repeat(20));
  assert.equal(buildId(executable("GNX\0")), undefined);
  assert.equal(buildId(executable("GNU\0", 4)), undefined);
});

Deno.test("buildId() takes anything, however it is cut", () => {
  const whole = executable();
  for (let length = 0; length < whole.length; length++) buildId(whole.subarray(0, length));
  const bytes = crypto.getRandomValues(new Uint8Array(4096));
  for (let at = 0; at < 1000; at++) buildId(bytes.subarray(at));
});

Deno.test("ownBuild() is that of the agent that was built", async () => {
  const build = await ownBuild("x86_64");
  assert.match(build, /^[0-9a-f]{40}$/);
  assert.equal(buildId(await readAgent("x86_64")), build);
});

Deno.test("checkBuild() names both builds", async () => {
  const hello = { build: "aa", host: { arch: "aarch64" } } as Hello;
  await checkBuild("db1", hello, () => Promise.resolve("aa"));
  await assert.rejects(checkBuild("db1", hello, () => Promise.resolve("bb")), {
    name: "RemoteProtocolError",
    message: /Cannot use host db1: its agent is build aa, .* build bb \(aarch64\); start the agent/,
  });
});
