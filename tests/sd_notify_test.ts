/** Services that say how they are as sd_notify(3) has it. */
import assert from "node:assert/strict";
import {
  AF,
  Command,
  commandHost,
  http,
  Nursery,
  sdNotify,
  seconds,
  ServiceError,
  SOCK,
  SockaddrUn,
  type StartOptions,
  startService,
  type Thread,
} from "bailiwick";
import { systemTest, until } from "bailiwick/testing";
import { failed, FOREVER, killWatcher, QUICK, Server, untilState } from "./support/readiness.ts";

/** Why a service is unready that says that it is stopping. */
const IT_STOPS = "it says that it is stopping";

/** What says to a service's socket what the service would say. */
async function speaker(thread: Thread, service: { readonly pid: number }) {
  const environment = await thread.readTextFile(`/proc/${service.pid}/environ`);
  const [, path] = /(?:^|\0)NOTIFY_SOCKET=([^\0]*)/.exec(environment)!;
  return async (text: string) => {
    await using fd = await thread.socket(AF.UNIX, SOCK.DGRAM);
    await fd.connect(new SockaddrUn(path!));
    await fd.write(text);
  };
}

/** Starts a service that does nothing, for which this says what it would say. */
async function startSpoken(
  nursery: Nursery,
  thread: Thread,
  options: { readonly watchdog?: number } = {},
  readyTimeout = seconds(60),
  { command = FOREVER, ...more }: StartOptions & { command?: Command } = {},
) {
  const { model } = thread.host;
  const before = model.services.length;
  const starting = startService(nursery, thread, command, {
    ...more,
    ready: sdNotify(options),
    readyTimeout,
  });
  starting.catch(() => {});
  await until("it has started", () => model.services.length > before);
  const { pid } = model.services.at(-1)!;
  await until(
    "it has executed",
    async () => (await thread.readTextFile(`/proc/${pid}/environ`)).includes("NOTIFY_SOCKET"),
  );
  return { starting, say: await speaker(thread, { pid }) };
}

systemTest("sdNotify() hears READY, STATUS and STOPPING", async ({ nursery, thread, host }) => {
  const { starting, say } = await startSpoken(nursery, thread);
  await say("STATUS=reading\x1b[2J");
  await until("its status is known", () => host.info.model.services[0]!.says !== undefined);
  assert.equal(host.info.model.services[0]!.says!.includes("\x1b"), false);
  assert.equal(host.info.model.services[0]!.state, "starting");
  await say("");
  await say("READY=1\nSTATUS=serving");
  const service = await starting;
  assert.equal(service.state, "ready");
  assert.equal(service.says, "serving");
  await say("STOPPING=1");
  await untilState(service, "unready");
  assert.equal(service.reason, IT_STOPS);
});

systemTest(
  "a service is ready when it says so and its health does",
  async ({ nursery, thread }) => {
    const server = new Server(0, "HTTP/1.1 200 OK\r\n\r\n");
    try {
      const health = http(`http://${server.address}`, { ...QUICK, tries: 1 });
      const { starting, say } = await startSpoken(nursery, thread, {}, seconds(60), { health });
      await say("READY=1");
      const service = await starting;
      await say("STOPPING=1");
      await untilState(service, "unready");
      const before = server.connections;
      await until("it is asked twice more", () => server.connections > before + 2);
      assert.equal(service.state, "unready", "its health does not make ready what is stopping");
      server[Symbol.dispose]();
      await say("READY=1");
      const doubted = () => service.reason !== undefined && service.reason !== IT_STOPS;
      await until("its health is why", doubted);
      assert.equal(service.state, "unready", "what it says does not make its health good");
    } finally {
      server[Symbol.dispose]();
    }
  },
);

systemTest("what is said at once is heard in its order", async ({ nursery, thread }) => {
  const { starting, say } = await startSpoken(nursery, thread);
  await say("READY=1\nSTOPPING=1");
  assert.equal((await starting).state, "unready");
});

systemTest("a service that says that it is stopping and ends has finished", async (
  { nursery, thread },
) => {
  const cat = new Command("sh", ["-c", "read line; exit 0"]);
  const { read, write } = await thread.pipe();
  await using input = read;
  const { starting, say } = await startSpoken(nursery, thread, {}, undefined, {
    command: cat,
    fds: { 0: input },
  });
  await say("READY=1");
  const service = await starting;
  await say("STOPPING=1");
  await untilState(service, "unready");
  await write.close();
  await service.ended;
  assert.equal(service.state, "finished");
});

systemTest("a service that cannot be heard any more is not ready", async ({ nursery, thread }) => {
  const { starting, say } = await startSpoken(nursery, thread, { watchdog: seconds(100) });
  await say("READY=1");
  const service = await starting;
  await killWatcher(service, thread);
  await untilState(service, "unready");
  assert.match(service.reason!, /it cannot be heard/);
});

systemTest("sdNotify() says what was said last by a service that is not ready", async (
  { nursery, thread },
) => {
  const error = await failed(nursery, thread, sdNotify());
  assert.match(error.problem!, /was not ready within 0.3 s \(it said nothing by sd_notify\)/);
  const { starting, say } = await startSpoken(nursery, thread, {}, 500);
  await say("READY=maybe\x1b[2J");
  await assert.rejects(
    starting,
    /was not ready within 0.5 s \(it last said "READY=maybe\\u001b\[2J"\)/,
  );
  assert.equal(nursery.signal.aborted, false);
});

systemTest(
  "sdNotify() is a nursery's like other starts: what ends it while it starts ends all",
  async (
    { thread, host },
  ) => {
    const reason = new Error("enough");
    const running = Nursery.run(async (nursery) => {
      await startSpoken(nursery, thread);
      throw reason;
    }, { name: "ended" });
    await assert.rejects(running, reason);
    assert.equal(host.info.model.services[0]!.state, "stopped");
  },
);

systemTest("sdNotify() is not fooled by who may not write to the socket", async (
  { nursery, thread },
) => {
  const { starting, say } = await startSpoken(nursery, thread);
  const { pid } = thread.host.model.services[0]!;
  const environment = await thread.readTextFile(`/proc/${pid}/environ`);
  const [, path] = /NOTIFY_SOCKET=([^\0]*)/.exec(environment)!;
  const script = `exec 2>&1; test ! -w "$0" && echo shut out`;
  const other = await thread.run(new Command("sh", ["-c", script, path!]), { user: "nobody" });
  assert.deepEqual(other.lines, ["shut out"]);
  await say("READY=1");
  await starting;
});

systemTest("a service that is silent for longer than its watchdog has failed", async (
  { nursery, thread },
) => {
  const running = Nursery.run(async (inner) => {
    const { starting, say } = await startSpoken(inner, thread, { watchdog: seconds(1) });
    await say("READY=1");
    const service = await starting;
    const begin = performance.now();
    await until("it was kept alive for longer than that", async () => {
      await say("WATCHDOG=1");
      return performance.now() - begin > 1500;
    });
    assert.equal(service.state, "ready");
    await service.ended;
  }, { within: nursery, name: "watched" });
  await assert.rejects(
    running,
    /did not say WATCHDOG=1 within 1 s, and was stopped: killed by SIGABRT/,
  );
});

systemTest("WATCHDOG=trigger and WATCHDOG_USEC do what systemd has them do", async (
  { nursery, thread },
) => {
  for (
    const [word, problem] of [
      ["WATCHDOG=trigger", "said WATCHDOG=trigger"],
      ["WATCHDOG_USEC=50000", "did not say WATCHDOG=1 within 0.05 s"],
    ] as const
  ) {
    const running = Nursery.run(async (inner) => {
      const { starting, say } = await startSpoken(inner, thread, { watchdog: seconds(100) });
      await say("READY=1");
      const service = await starting;
      await say(word);
      await service.ended;
    }, { within: nursery, name: "watched" });
    await assert.rejects(running, (error) => {
      assert.ok(error instanceof ServiceError, `${error}`);
      assert.equal(error.problem, problem);
      return true;
    });
  }
});

systemTest("a temporary directory of too long a path is an error that says so", async (
  { nursery, thread, tmpdir },
) => {
  const temporary = tmpdir.join("x".repeat(100));
  await thread.mkdir(temporary);
  const far = await commandHost(["env", `TMPDIR=${temporary}`, "sh"]);
  try {
    const start = startService(nursery, far.thread, new Command("true"), { ready: sdNotify() });
    await assert.rejects(start, {
      name: "RangeError",
      message: /^The socket for sd_notify has too long a path, .*: give its host a shorter TMPDIR$/,
    });
  } finally {
    await far.close();
  }
});
