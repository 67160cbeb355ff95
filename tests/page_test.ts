/** The page in a browser, before an interface that says what a test has it say. */
import assert from "node:assert/strict";
import { OpenPage } from "./support/browser.ts";
import { firstLine } from "./support/cli.ts";
import { FakeInterface, scope, service } from "./support/fake_interface.ts";
import { OperatedCli } from "./support/operated.ts";
import { shop } from "./support/shop.ts";

const SCREENS = {
  services: "[data-service]",
  graph: "svg .node",
  logs: ".line",
  steps: ".step",
  events: ".event",
  questions: "[data-scope]",
  "service/orders%2Forderd": ".chart canvas",
  "scope/orders": "[data-scope]",
};

const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  "<script>alert(1)</script>",
  "\u001b[31mred\u001b]52;c;YQ==\u0007",
  "a\rb\u202edcba",
  '=cmd|"/c calc"!A1',
  '"><svg onload=alert(1)>',
  "javascript:alert(1)",
];

const page = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "each screen is drawn, in the dark and narrow, too; nothing is asked of anybody else",
  page,
  async () => {
    for (const view of [{}, { dark: true, width: 390 }]) {
      await using open = await OpenPage.of(shop().handler, view);
      for (const [screen, drawn] of Object.entries(SCREENS)) {
        await open.go(screen);
        await open.page.waitForSelector(drawn);
      }
      const [scrolled, url, token] = await open.page.evaluate<[number, string, string]>(
        `[document.documentElement.scrollWidth - innerWidth, location.href, sessionStorage.token]`,
      );
      assert.ok(scrolled <= 0, `the page is ${scrolled} pixels too wide`);
      assert.doesNotMatch(url, new RegExp(token));
      assert.deepEqual(open.complaints, []);
    }
  },
);

Deno.test("what services are named and write becomes no element", page, async () => {
  const fake = new FakeInterface();
  fake.services = Array.from({ length: 1000 }, (_, nth) => {
    const hostile = `${HOSTILE[nth % HOSTILE.length]} ${nth}`;
    return service(hostile, { state: "failed", reason: hostile, address: hostile, says: hostile });
  });
  fake.scopes = [
    scope(""),
    ...HOSTILE.map((path) =>
      scope(path, { reason: path, state: "held", choices: [{ label: path, about: path }] })
    ),
  ];
  for (const { name } of fake.services) fake.write(name, name);
  for (const { name } of fake.services) fake.tell("service-says", { path: name, status: name });
  await using open = await OpenPage.of(fake.handler);
  for (const screen of ["services", "graph", "logs", "events", "questions"]) {
    await open.go(screen);
    await open.page.waitForSelector(SCREENS[screen as keyof typeof SCREENS]);
    const alien = await open.page.locator(
      "script:not([src]), img:not([alt='']), iframe, svg[onload], a[href^='javascript']",
    ).count();
    assert.equal(alien, 0, screen);
  }
  assert.deepEqual(open.complaints, []);
});

Deno.test("what happens is seen at once, and what is bad comes first", page, async () => {
  const fake = new FakeInterface();
  fake.services = ["a", "b", "c"].map((name) => service(name));
  await using open = await OpenPage.of(fake.handler);
  await open.page.waitForSelector("[data-service=c]");
  const [, , c] = fake.services;
  const end = { status: "exited with status 7", cause: "itself", swept: 0 };
  fake.services[2] = {
    ...c!,
    state: "failed",
    lastEnd: { time: c!.since, status: end.status, state: "failed" },
  };
  fake.tell("service-ended", { path: "c", instance: c!.instance, state: "failed", end });
  const first = open.page.locator("[data-service]").first();
  await open.page.waitForSelector(".rows > [data-service=c]:first-child");
  assert.match(await first.innerText(), /failed[^]*exited with status 7/);
});

Deno.test(
  "each action is confirmed, asked for once, and what came of it is said",
  page,
  async () => {
    const fake = shop();
    await using open = await OpenPage.of(fake.handler);
    const { page } = open;
    const confirm = async (verb: string, said: RegExp) => {
      await page.locator("dialog.confirm[open]").getByRole("button", { name: verb, exact: true })
        .click();
      await page.locator(".said", { hasText: said }).waitFor();
    };
    await open.go("service/redis");
    await page.getByRole("button", { name: "Restart" }).click();
    await page.locator("dialog.confirm[open]").getByRole("button", { name: "Cancel" }).click();
    assert.deepEqual(fake.asked, []);
    await page.getByRole("button", { name: "Restart" }).click();
    await confirm("Restart", /restart is done/);
    await page.getByRole("button", { name: "Stop" }).click();
    await confirm("Stop all", /stop is done/);
    await page.getByLabel("Send a signal").selectOption("SIGHUP");
    await confirm("Send", /signal is done/);
    await open.go("service/metrics");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await confirm("Start", /start is done/);
    await open.go("questions");
    await page.getByLabel("database: another value").fill("/srv/copy.db");
    await page.getByRole("button", { name: "other-database" }).click();
    await confirm("Answer", /answer is done/);
    await page.getByRole("button", { name: "Run again" }).click();
    await confirm("Run", /run is done/);
    const values = { database: "/srv/copy.db" };
    assert.deepEqual(fake.asked, [
      ["restart", { service: "redis" }],
      ["stop", { service: "redis", withDependents: true }],
      ["signal", { service: "redis", signal: "SIGHUP" }],
      ["start", { service: "metrics" }],
      ["answer", { scope: "orders", choice: "other-database", arguments: values }],
      ["run", { scope: "orders", arguments: values }],
    ]);
    assert.deepEqual(open.complaints, []);
  },
);

Deno.test("keys lead through the page", page, async () => {
  await using open = await OpenPage.of(shop().handler);
  const { page } = open;
  await page.waitForSelector("[data-service]");
  const at = (hash: string) => page.waitForFunction((it) => location.hash === it, hash);
  await page.keyboard.press("2");
  await at("#/graph");
  await page.keyboard.press("1");
  await at("#/services");
  await page.keyboard.press("/");
  await page.keyboard.type("redis");
  await page.locator("[data-service]").nth(1).waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await page.keyboard.press("Enter");
  await at("#/service/redis");
  await page.keyboard.press("Escape");
  await at("#/services");
  await page.keyboard.press("?");
  await page.getByText("go through the services").waitFor();
});

Deno.test("a log of a million lines is searched, followed and copied", page, async () => {
  const fake = new FakeInterface();
  fake.services = [service("busy")];
  const [time, instance] = [new Date().toISOString(), "1"];
  for (let number = 1; number <= 1_000_000; number++) {
    fake.lines.push({ number, time, service: "busy", instance, line: `line ${number}` });
  }
  await using open = await OpenPage.of(fake.handler);
  const { page } = open;
  page.setDefaultTimeout(60_000);
  await open.go("logs/busy");
  await page.getByText("1,000,000 lines").waitFor();
  await page.locator(".line", { hasText: /line 1000000$/ }).waitFor();
  fake.lines.push({
    number: 1_000_001,
    time,
    service: "busy",
    instance,
    line: "x".repeat(1 << 20),
  });
  fake.write("busy", "the last");
  await page.getByText("the last").waitFor();
  await page.getByLabel("Search lines").fill("77777");
  await page.getByText(/^\d+ of 900,002 lines, 100,000 are not kept any more/).waitFor();
  await page.locator(".line", { hasText: "line 977777" }).waitFor();
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByText("lines copied").waitFor();
  assert.match(await page.evaluate<string>(`navigator.clipboard.readText()`), /^line 177777\n/);
  assert.deepEqual(open.complaints, []);
});

Deno.test(
  "the page of a running system is live, acts on it, and shows the next program",
  page,
  async () => {
    await using cli = await OperatedCli.up();
    const dashboard = cli.spawn("dashboard", "--json");
    const stderr = dashboard.stderr.text();
    const { url } = JSON.parse(await firstLine(dashboard.stdout));
    {
      await using open = await OpenPage.at(url);
      const { page } = open;
      const front = (text: string) =>
        page.locator("[data-service=front]", { hasText: text }).waitFor();
      await front("running");
      await cli.run("stop", "front");
      await front("stopped");
      await open.go("service/front");
      await page.getByRole("button", { name: "Start", exact: true }).click();
      await page.locator("dialog.confirm[open]").getByRole("button", { name: "Start" }).click();
      await page.locator(".said", { hasText: "front was started" }).waitFor();
      await open.go("service/orders%2Forderd");
      await page.getByText("orderd-1 is here").waitFor();
      await open.go("steps");
      await page.locator(".step", { hasText: "orders/orderd" }).first().waitFor();
      await open.go("services");
      const program = () => page.locator(".link").getAttribute("title");
      const before = await program();
      await cli.kill();
      await page.getByText("no program").waitFor();
      await cli.again();
      await front("running");
      await page.locator(".link", { hasText: "live" }).waitFor();
      assert.notEqual(await program(), before);
    }
    dashboard.kill("SIGINT");
    await dashboard.status;
    assert.equal(await stderr, "");
  },
);
