/** The program's own process as a thread, and descriptors that go to and from it. */
import assert from "node:assert/strict";
import { container, F, O, programThread, SyscallError } from "bailiwick";
import { systemTest } from "bailiwick/testing";

systemTest("the program's thread runs calls in the program", async ({ tmpdir }) => {
  const thread = programThread();
  assert.equal(await thread.getpid(), Deno.pid);
  const text = await thread.batch((b) => {
    const fd = b.open(`${tmpdir.join("file")}`, O.CREAT | O.RDWR);
    b.writeAll(fd, "in process");
    const text = b.pread(fd, 64, 0);
    b.close(fd);
    return text;
  });
  assert.equal(new TextDecoder().decode(text), "in process");
  await assert.rejects(thread.open("/no/such/file", O.RDONLY), SyscallError);
});

systemTest("the program's thread never executes or forks", async () => {
  const thread = programThread();
  await assert.rejects(thread.batch((b) => b.execve("/bin/true", ["true"], [])), { code: "EPERM" });
  await assert.rejects(thread.batch((b) => b.unshare(0)), { code: "EPERM" });
  await assert.rejects(thread.syscall("exit_group", 0), { code: "EPERM" });
});

systemTest(
  "descriptors go from the program to a local thread and back",
  async ({ thread, tmpdir }) => {
    const program = programThread();
    await using file = await Deno.open(`${tmpdir.join("file")}`, { create: true, write: true });
    await file.write(new TextEncoder().encode("from Deno"));
    await using mine = await program.open(`${tmpdir.join("file")}`, O.RDONLY);
    await using theirs = await thread.receive(mine);
    assert.equal(new TextDecoder().decode(await theirs.read(64)), "from Deno");
    await using back = await thread.give(theirs, program);
    assert.equal(await back.lseek(0, 1), 9);
    assert.equal(await back.fcntl(F.GETFD), 1);
  },
);

systemTest("a descriptor cannot leave its machine", async ({ host, thread }) => {
  await using inner = await container(thread);
  const { read, write } = await inner.thread.pipe();
  await assert.rejects(host.thread.receive(read), TypeError);
  await read.close();
  await write.close();
});
