/** Services in TypeScript: from source to ready, on this machine and on a test host. */
import assert from "node:assert/strict";
import {
  type Nursery,
  scriptCommand,
  type ScriptOptions,
  ServiceError,
  SockaddrIn,
  sshHost,
  startService,
  storePath,
  type Thread,
} from "bailiwick";
import { runSystem, systemTest, TestNetwork } from "bailiwick/testing";
import { startGreeter } from "../components/greeter/mod.ts";
import type { EchoConfig, EchoReport } from "./programs/echo/types.ts";

const ECHO = new URL("./programs/echo/echo.ts", import.meta.url);
const READY = 4;

/** Starts it as a component does, and asks it once. */
async function askEcho(
  nursery: Nursery,
  thread: Thread,
  options: ScriptOptions<EchoConfig> = {},
  address: string = "127.0.0.1",
): Promise<EchoReport> {
  const sock = await thread.listen(new SockaddrIn(address, 0));
  const server = `${await sock.getsockname()}`;
  const config: EchoConfig = { greeting: "good morning" };
  const command = await scriptCommand(thread, ECHO, { config, ...options });
  const service = await startService(nursery, thread, command, {
    sockets: { http: sock },
    ready: READY,
    address: server,
    ...(options.user && { user: options.user }),
  });
  await sock.close();
  const said: EchoReport = await (await fetch(`http://${server}/`)).json();
  const status = await service.stop();
  assert.ok(status.isClean, `${status}: ${service.log?.tail}`);
  return said;
}

systemTest(
  "a script is told its config, and serves on the socket that it is given",
  async ({ nursery, thread }) => {
    assert.deepEqual(await askEcho(nursery, thread), {
      greeting: "good morning",
      page: "a page\n",
      runtime: "deno",
    });
  },
);

systemTest("a script is run by the host's node", async ({ nursery, thread }) => {
  const { runtime, page } = await askEcho(nursery, thread, { runtime: "node" });
  assert.deepEqual([runtime, page], ["node", "a page\n"]);
});

systemTest("a script may do no more than it is permitted to", async ({ nursery, thread }) => {
  const { page, refused } = await askEcho(nursery, thread, { permissions: {} });
  assert.equal(page, "a page\n");
  assert.match(refused!, /Requires read access/);
  const allowed = await askEcho(nursery, thread, { permissions: { read: ["/etc/passwd"] } });
  assert.equal(allowed.refused, undefined);
});

systemTest("a script that fails shows where, in its sources", async ({ nursery, thread }) => {
  for (const runtime of ["deno", "node"] as const) {
    // Without its config it cannot start.
    const command = await scriptCommand(thread, ECHO, { runtime });
    await assert.rejects(startService(nursery, thread, command, { ready: READY }), (error) => {
      assert.ok(error instanceof ServiceError, `${error}`);
      const lines = error.lastLines.join("\n");
      assert.match(lines, /This service was given no config: BAILIWICK_CONFIG is not set/);
      assert.match(lines, /echo\.ts:8:/);
      return true;
    });
  }
});

Deno.test("a test host gets the runtime once, packed, whatever is started there", async () => {
  await using network = await TestNetwork.make({ hosts: 1 });
  const [machine] = network.hosts;
  await runSystem(
    (options) => sshHost({ to: "host0", config: network.sshConfig }, options),
    async ({ nursery, thread }) => {
      const before = await machine!.bytesReceived();
      const said = await Promise.all(
        [1, 2].map(() => askEcho(nursery, thread, {}, machine!.address)),
      );
      assert.deepEqual(said.map(({ runtime }) => runtime), ["deno", "deno"]);
      const sent = await machine!.bytesReceived() - before;
      const { size } = await Deno.stat(Deno.execPath());
      assert.ok(sent > size / 4 && sent < size * 0.6, `${sent} bytes were sent for one of ${size}`);
      await askEcho(nursery, thread, {}, machine!.address);
      const again = await machine!.bytesReceived() - before - sent;
      assert.ok(again < 100_000, `${again} bytes were sent for what was there`);
      const runtimes = (await thread.readDirectory(storePath(thread)))
        .filter(({ name }) => name.endsWith("-deno"));
      assert.equal(runtimes.length, 1);
    },
  );
});

systemTest("greeter, a component in TypeScript, greets", async ({ nursery, thread }) => {
  const sock = await thread.listen(new SockaddrIn("127.0.0.1", 0));
  const greeter = await startGreeter(nursery, thread, sock, { greeting: "good evening" });
  await sock.close();
  assert.deepEqual(await greeter.greet(), { text: "good evening" });
});

Deno.test("a runtime for which there is no space goes to the next place, and leaves nothing", async () => {
  await using network = await TestNetwork.make({ hosts: 1 });
  const [machine] = network.hosts;
  const small = ["sh", "-c", "mkdir /root/.cache && mount -t tmpfs -o size=20m none /root/.cache"];
  assert.equal((await machine!.run(small)).code, 0);
  await using host = await sshHost({ to: "host0", config: network.sshConfig });
  const { thread } = host;
  const { executable } = await scriptCommand(thread, ECHO);
  assert.match(`${executable}`, /^\/var\/tmp\/bailiwick-0\/store\/\w+-deno\/bin\/deno$/);
  const left = (await thread.readDirectory("/root/.cache/bailiwick/store")).map(({ name }) => name);
  assert.deepEqual(left.filter((name) => !/^\w+-(unpack|echo)$/.test(name)), []);
});

systemTest("a script of another user finds itself and its runtime", async ({ nursery, thread }) => {
  const user = await thread.user("nobody");
  const { page, greeting } = await askEcho(nursery, thread, { user });
  assert.deepEqual([page, greeting], ["a page\n", "good morning"]);
});
