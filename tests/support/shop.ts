/** A shop, with something of all that can be seen. */
import { at, FakeInterface, scope, service } from "./fake_interface.ts";

export function shop(): FakeInterface {
  const fake = new FakeInterface();
  fake.scopes = [
    scope(""),
    scope("orders", {
      state: "held",
      reason: "orders/orderd failed 5 times: no such database /srv/books.db",
      choices: [
        { label: "again", about: "starts it again" },
        {
          label: "other-database",
          about: "runs the scope with another database; takes database (a path)",
        },
        { label: "leave", about: "leaves it down; what used it is degraded" },
        { label: "fail", about: "ends the scope" },
      ],
      arguments: {
        database: { value: "/srv/books.db", given: false },
        shards: { value: "4", given: true },
      },
    }),
    ...[0, 1, 2, 3].map((shard) => scope(`orders/shard-${shard}`)),
    scope("web"),
  ];
  const shards = [0, 1, 2, 3].flatMap((shard) => {
    const of = `orders/shard-${shard}`;
    return [
      service(`${of}/positiond`, {
        scope: of,
        host: `db${shard}`,
        pid: 4100 + shard,
        uses: ["postgres"],
        says: "12,041 positions",
      }),
      service(`${of}/feedd`, {
        scope: of,
        host: `db${shard}`,
        pid: 4200 + shard,
        uses: [`${of}/positiond`],
        state: "running",
      }),
    ];
  });
  fake.services = [
    service("postgres", {
      host: "db0",
      pid: 4001,
      address: "10.0.0.4:5432",
      says: "accepting connections",
    }),
    service("redis", { host: "db1", pid: 4002, address: "10.0.0.5:6379" }),
    service("metrics", {
      state: "stopped",
      lastEnd: { time: at(90_000), status: "exited with status 0", state: "stopped" },
    }),
    ...shards,
    service("orders/orderd", {
      ...{
        scope: "orders",
        state: "failed",
        restarts: 5,
        host: "db0",
        pid: 4301,
        since: at(420_000),
      },
      uses: shards.filter(({ name }) => name.endsWith("feedd")).map(({ name }) => name),
      lastEnd: {
        time: at(420_000),
        status: "exited with status 3: no such database /srv/books.db",
        state: "failed",
      },
    }),
    service("web/gatewayd", {
      scope: "web",
      host: "web1",
      pid: 4401,
      address: "10.0.1.7:8080",
      uses: ["redis", "orders/orderd"],
      state: "unready",
      reason: "GET /health: 503, 3 times",
      restarts: 1,
      since: at(425_000),
    }),
    service("web/assets", {
      scope: "web",
      host: "web1",
      pid: 4402,
      uses: ["redis"],
      paused: "SIGSTOP",
    }),
    service("web/nginx", {
      scope: "web",
      host: "web1",
      pid: 4403,
      uses: ["web/gatewayd", "web/assets"],
      state: "starting",
      reason: "waits for web/gatewayd",
      since: at(598_000),
    }),
  ];
  const step = (kind: string, subject: string, host: string, begun: number, took: number) =>
    ({ kind, subject, host, state: "done", begun: at(begun), ended: at(begun + took) }) as const;
  fake.steps = [
    ...["db0", "db1", "db2", "db3", "web1"].map((host, nth) =>
      step("connect", host, host, nth * 12, 240 + nth * 40)
    ),
    step("deploy", "postgresql-15", "db0", 300, 620),
    step("deploy", "orderd-2.1", "db0", 320, 410),
    step("deploy", "gatewayd-1.9", "web1", 470, 350),
    ...fake.services.filter(({ state }) => state !== "starting").map(({ name, host }, nth) =>
      step("start", name, host, 940 + nth * 70, 120 + (nth * 53) % 300)
    ),
    step("deploy", "orderd-2.2", "db0", 415_000, 700),
    {
      ...step("start", "orders/orderd", "db0", 415_800, 1900),
      state: "failed",
      failure: "exited with status 3",
    },
    step("start", "web/gatewayd", "web1", 416_000, 800),
  ];
  for (const { name, host, pid, instance, state } of fake.services) {
    fake.events.push({
      number: fake.events.length + 1,
      time: at(1000 + fake.events.length * 70),
      kind: "service-started",
      path: name,
      host,
      pid,
      instance,
      command: name,
      state: "starting",
    });
    fake.events.push({
      number: fake.events.length + 1,
      time: at(1000 + fake.events.length * 70),
      kind: "service-changed",
      path: name,
      instance,
      state,
    });
  }
  fake.events.push({
    number: fake.events.length + 1,
    time: at(420_000),
    kind: "service-ended",
    path: "orders/orderd",
    instance: "1",
    state: "failed",
    end: { status: "exited with status 3", cause: "itself", swept: 0 },
  });
  fake.events.push({
    number: fake.events.length + 1,
    time: at(420_001),
    kind: "scope-changed",
    path: "orders",
    state: "held",
    reason: "orders/orderd failed 5 times",
  });
  for (let nth = 0; nth < 400; nth++) {
    const { name } = fake.services[nth * 7 % fake.services.length]!;
    fake.lines.push({
      number: nth + 1,
      time: at(nth * 1400),
      service: name,
      instance: "1",
      line: LINES[nth % LINES.length]!.replace("N", `${1000 + nth * 17}`),
    });
  }
  for (
    const line of ["orderd 2.2", "opening /srv/books.db", "error: no such database /srv/books.db"]
  ) {
    fake.lines.push({
      number: fake.lines.length + 1,
      time: at(419_000),
      service: "orders/orderd",
      instance: "1",
      line,
    });
  }
  return fake;
}

const LINES = [
  "accepted connection N from 10.0.1.7",
  "order N: bid 100 @ 41.25, matched 60",
  "checkpoint complete: wrote N buffers (0.4 %)",
  "GET /orders/N 200 3.1 ms",
  "warning: queue depth N above 500",
  "position N updated",
];
