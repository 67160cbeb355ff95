import assert from "node:assert/strict";
import { abi } from "./arch.ts";
import { O, SIGNAL_NAMES } from "./constants.ts";
import { ERRNO } from "./errno.ts";

Deno.test("abi() has numbers of each architecture", () => {
  assert.equal(abi("x86_64").syscalls.openat, 257);
  assert.equal(abi("aarch64").syscalls.openat, 56);
  assert.equal(abi("aarch64").syscalls.lseek, 62);
  assert.deepEqual(Object.keys(abi("x86_64").syscalls), Object.keys(abi("aarch64").syscalls));
});

Deno.test("openFlags() changes nothing on x86_64", () => {
  for (const flags of Object.values(O)) assert.equal(abi("x86_64").openFlags(flags), flags);
});

Deno.test("openFlags() moves the bits that differ on aarch64", () => {
  const { openFlags } = abi("aarch64");
  assert.equal(openFlags(O.RDWR | O.CREAT | O.CLOEXEC), O.RDWR | O.CREAT | O.CLOEXEC);
  assert.equal(openFlags(O.DIRECTORY), 0o40000);
  assert.equal(openFlags(O.DIRECT), 0o200000);
  assert.equal(openFlags(O.NOFOLLOW | O.LARGEFILE), 0o100000 | 0o400000);
  assert.equal(openFlags(O.TMPFILE | O.WRONLY), 0o20040000 | O.WRONLY);
});

Deno.test("ERRNO and SIGNAL_NAMES have the kernel's names", () => {
  assert.deepEqual(ERRNO[2], { code: "ENOENT", message: "no such file or directory" });
  assert.equal(ERRNO[133]?.code, "EHWPOISON");
  assert.equal(SIGNAL_NAMES[9], "SIGKILL");
});

Deno.test("abi() lays out struct epoll_event, which x86_64 packs", () => {
  assert.deepEqual(abi("x86_64").epollEvent, { SIZE: 12, data: 4 });
  assert.deepEqual(abi("aarch64").epollEvent, { SIZE: 16, data: 8 });
});
