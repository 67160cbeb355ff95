import assert from "node:assert/strict";
import * as calls from "./calls/mod.ts";
import { Command } from "./command.ts";
import { fakeThread } from "./fake_host.ts";

/** What a program without type checks may hand over. */
const missing = undefined as never;

const ADDRESS =
  'An address must be one like new SockaddrIn("127.0.0.1", 80) or new SockaddrUn("/run/x")';
const WRITTEN = "What is written must be text or a Uint8Array";

Deno.test("A thread says what is wrong with what it was given, before anything is sent", async () => {
  const { agent, thread } = await fakeThread();
  const mistakes: [() => unknown, string][] = [
    [() => thread.batch((b) => b.bind(missing, missing)), `${ADDRESS}, not undefined`],
    [() => thread.batch((b) => b.connect(missing, "/run/x" as never)), `${ADDRESS}, not "/run/x"`],
    [() => thread.listen(missing), `${ADDRESS}, not undefined`],
    [() => thread.batch((b) => b.write(missing, missing)), `${WRITTEN}, not undefined`],
    [() => thread.batch((b) => b.writeAll(missing, missing)), `${WRITTEN}, not undefined`],
    [() => thread.batch((b) => b.writeAll(missing, [missing])), `${WRITTEN}, not undefined`],
    [() => thread.writeFile("/a", 7 as never), `${WRITTEN}, not the number 7`],
    [
      () => thread.call(missing),
      "What a thread or a batch runs must be a call, such as calls.umask(0o077), not undefined",
    ],
    [
      () => thread.spawn(new Command("a"), { prepare: [calls.setsid(), missing] }),
      "Item 2 of prepare must be a call, such as calls.umask(0o077), not undefined",
    ],
    [
      () => thread.spawn(new Command("a"), { prepare: [calls.setsid as never] }),
      "Item 1 of prepare must be a call, such as calls.umask(0o077), not a function",
    ],
    [
      () => thread.spawn(missing),
      'What is executed must be a command, such as new Command("sleep", [10]), not undefined',
    ],
    [
      () => thread.spawn({ executable: "a" } as never),
      'What is executed must be a command, such as new Command("sleep", [10]), not a plain object',
    ],
    [() => new Command("/bin/a", "b" as never), 'The arguments of a must be a list, not "b"'],
  ];
  for (const [make, message] of mistakes) {
    await assert.rejects(async () => await make(), { name: "TypeError", message });
  }
  await agent.takeNothing();
});

Deno.test("A standard stream is no descriptor to be ready by", async () => {
  const { thread } = await fakeThread();
  for (const ready of [0, 1, 2]) {
    await assert.rejects(thread.spawn(new Command("a"), { ready }), {
      name: "RangeError",
      message:
        `ready is a descriptor of its own by which a service says that it is ready, from 3 ` +
        `to 4095, not ${ready}, which is one of its three standard streams`,
    });
  }
});
