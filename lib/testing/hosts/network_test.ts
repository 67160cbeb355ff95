import assert from "node:assert/strict";
import { output } from "./command.ts";
import {
  type Relay,
  type RelayOptions,
  type TestHost,
  testHostsAvailable,
  TestNetwork,
} from "./mod.ts";

const ignore = !testHostsAvailable().ok;

async function ssh(config: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await output(["ssh", "-T", "-F", config, ...args]);
  assert.equal(code, 0, stderr);
  return stdout;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** Whether an echo of one byte through a connection arrives within the time. */
async function answers(connection: Deno.Conn, milliseconds: number): Promise<boolean> {
  await connection.write(new Uint8Array(1));
  const timeout = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => timeout.resolve(false), milliseconds);
  const answer = connection.read(new Uint8Array(1)).then((n) => n === 1);
  const arrived = await Promise.race([answer, timeout.promise]);
  clearTimeout(timer);
  return arrived;
}

Deno.test({
  name: "TestNetwork.make() gives hosts that reach each other and share nothing",
  ignore,
  fn: async () => {
    let directory = "";
    let pids: number[] = [];
    {
      await using net = await TestNetwork.make({ hosts: 3, users: { other: "/bin/sh" } });
      directory = net.directory;
      pids = net.hosts.map((host) => host.pid);
      assert.equal(await ssh(net.sshConfig, "host0", "ssh host1 ssh host2 uname -n"), "host2\n");
      assert.equal(await ssh(net.sshConfig, "other@host1", "id -un; pwd"), "other\n/home/other\n");
      const host = net.hosts[0]!;
      await host.untilEmpty();

      await ssh(
        net.sshConfig,
        "host0",
        "echo a >/tmp/a; setsid sleep 1000 >/dev/null 2>&1 </dev/null & " +
          "tries=0; until [ $(cat /proc/$!/comm) = sleep ] || [ $((tries += 1)) -gt 5000 ]; do :; done",
      );
      assert.deepEqual(await host.files(), ["/tmp/a"]);
      assert.deepEqual(await net.hosts[1]!.files(), []);
      await assert.rejects(host.untilEmpty(0), /sleep 1000\n\/tmp\/a/);
      const sleeper = (await host.processes()).find((process) => process.command === "sleep 1000")!;
      Deno.kill(sleeper.pid, "SIGKILL");
      await host.run(["rm", "/tmp/a"]);
      await host.untilEmpty();
      assert.notEqual((await host.run(["touch", "/usr/a"])).code, 0);
    }
    for (const path of [directory, ...pids.map((pid) => `/proc/${pid}`)]) {
      assert.ok(!await exists(path));
    }
    assert.ok(!(await output(["ip", "link"])).stdout.includes(`bwt${directory.split("/").at(-1)}`));
  },
});

/** Serves each connection to an address with a function, until disposed of. */
class Server implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #served: Promise<void>;

  constructor(hostname: string, serve: (connection: Deno.Conn) => Promise<unknown>) {
    this.#listener = Deno.listen({ hostname, port: 0 });
    this.#served = this.#serve(serve);
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async #serve(serve: (connection: Deno.Conn) => Promise<unknown>): Promise<void> {
    for await (const connection of this.#listener) void serve(connection).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#served;
  }
}

const echo = (connection: Deno.Conn) => connection.readable.pipeTo(connection.writable);

/** A relay to a server on this machine instead of the host. */
async function relayTo(net: TestNetwork, server: Server, options: RelayOptions): Promise<Relay> {
  const front = { address: net.gateway, name: "host0" } as TestHost;
  return await net.relay(front, { ...options, port: server.port });
}

async function connectTo(relay: Relay): Promise<Deno.Conn> {
  return await Deno.connect({ hostname: relay.address, port: relay.port });
}

Deno.test({
  name: "Relay delays both ways, stalls each direction and resumes",
  ignore,
  fn: async () => {
    await using net = await TestNetwork.make({ hosts: 1 });
    await using server = new Server(net.gateway, echo);
    const relay = await relayTo(net, server, { delay: 20 });
    const connection = await connectTo(relay);
    assert.ok(await answers(connection, 5000));
    const begun = performance.now();
    assert.ok(await answers(connection, 5000));
    assert.ok(performance.now() - begun >= 40);
    for (const direction of ["to-host", "from-host", "both"] as const) {
      await relay.stall(direction);
      const held = answers(connection, 5000);
      await relay.resume();
      assert.ok(await held, direction);
    }
    await relay.stall("from-host");
    assert.ok(!await answers(connection, 100));
    connection.close();
    await relay.close();

    assert.equal(
      await ssh((await net.relay(net.hosts[0]!, { delay: 0.5 })).sshConfig, "host0", "uname -n"),
      "host0\n",
    );
  },
});

Deno.test({
  name: "Relay loses connections for ever when it cuts, and takes new ones",
  ignore,
  fn: async () => {
    await using net = await TestNetwork.make({ hosts: 1 });
    await using server = new Server(net.gateway, echo);
    const relay = await relayTo(net, server, {});
    const lost = await connectTo(relay);
    assert.ok(await answers(lost, 5000));
    await relay.cut();
    assert.ok(!await answers(lost, 100));
    const later = await connectTo(relay);
    assert.ok(await answers(later, 5000));
    await relay.resume();
    assert.ok(!await answers(lost, 100));
    for (const connection of [lost, later]) connection.close();
    await relay.close();
  },
});

Deno.test({
  name: "Relay carries its rate, and a full queue holds back only what has filled it",
  ignore,
  fn: async () => {
    await using net = await TestNetwork.make({ hosts: 1 });
    await using server = new Server(net.gateway, echo);
    const bytes = 50_000;
    const fast = await relayTo(net, server, { rate: 200_000 });
    const whole = await connectTo(fast);
    const begun = performance.now();
    const sent = whole.write(new Uint8Array(bytes));
    for (let read = 0; read < bytes;) read += await whole.read(new Uint8Array(bytes)) ?? bytes + 1;
    assert.equal(await sent, bytes);
    assert.ok(performance.now() - begun >= 0.9 * 1000 * bytes / 200_000);
    whole.close();

    // The bulk would take a minute, and a byte that waited behind it as long.
    const slow = await relayTo(net, server, { rate: 100_000, queue: 10_000 });
    const bulk = await connectTo(slow);
    const bulkSent = bulk.write(new Uint8Array(6_000_000)).catch(() => {});
    const small = await connectTo(slow);
    for (let turn = 0; turn < 3; turn++) assert.ok(await answers(small, 10_000));
    for (const connection of [bulk, small]) connection.close();
    await slow.close();
    await bulkSent;
  },
});

Deno.test({
  name: "Relay refuses a link that cannot be",
  ignore,
  fn: async () => {
    await using net = await TestNetwork.make({ hosts: 1 });
    await assert.rejects(net.relay(net.hosts[0]!, { delay: -1 }), RangeError);
    await assert.rejects(net.relay(net.hosts[0]!, { rate: NaN }), /with a rate of NaN/);
  },
});

Deno.test({
  name: "TestHost.linkDown() cuts the cable and linkUp() puts it back",
  ignore,
  fn: async () => {
    await using net = await TestNetwork.make({ hosts: 1 });
    const host = net.hosts[0]!;
    await host.linkDown();
    const options = ["-o", "ConnectTimeout=1", "host0", "true"];
    assert.equal((await output(["ssh", "-F", net.sshConfig, ...options])).code, 255);
    await host.linkUp();
    await ssh(net.sshConfig, "-o", "ConnectTimeout=10", "host0", "true");
  },
});

Deno.test({
  name: "a killed run takes its hosts with it, and the next run removes its links and files",
  ignore,
  fn: async () => {
    const module = new URL("mod.ts", import.meta.url).href;
    const program = `import { TestNetwork } from ${JSON.stringify(module)};
      const net = await TestNetwork.make({ hosts: 2 });
      console.log(JSON.stringify([net.directory, ...net.hosts.map((host) => host.pid)]));
      setInterval(() => {}, 1000);`;
    const run = new Deno.Command(Deno.execPath(), {
      args: ["eval", program],
      stdout: "piped",
    }).spawn();
    const lines = run.stdout.getReader();
    const [directory, ...pids] = JSON.parse(new TextDecoder().decode((await lines.read()).value));
    run.kill("SIGKILL");
    await run.status;
    await lines.cancel();
    assert.ok(await exists(directory));
    await using next = await TestNetwork.make({ hosts: 1 });
    const number = directory.split("/").at(-1);
    const links = (await output(["ip", "-o", "link"])).stdout;
    if (next.directory !== directory) {
      assert.ok(!await exists(directory));
      assert.ok(!links.includes(`bwt${number}:`));
    }
    for (const pid of pids) {
      const wait = ["timeout", "10", "tail", `--pid=${pid}`, "-f", "/dev/null"];
      assert.equal((await output(wait)).code, 0, `process ${pid} is there`);
    }
  },
});

Deno.test("TestNetwork.make() refuses a number of hosts that does not fit", async () => {
  await assert.rejects(TestNetwork.make({ hosts: 0 }), RangeError);
  await assert.rejects(TestNetwork.make({ hosts: 251 }), RangeError);
});
