/** The web page: who gets in, and what is shown. */
import assert from "node:assert/strict";
import { answer } from "../lib/web/server.ts";
import { Page } from "../lib/web/mod.ts";
import { withPage } from "./support/browser.ts";
import { MadeInterface } from "./support/made_model.ts";
import { OperatedCli } from "./support/operated.ts";
import { firstLine } from "./support/cli.ts";

const MANY = Array.from({ length: 1000 }, (_, at) => `service-${at}`);
const TOKEN = "a".repeat(64);
const RIGHT = { host: "127.0.0.1:7", authorization: `Bearer ${TOKEN}` };

/** The status of a request with these headers. */
async function statusOf(
  headers: Record<string, string>,
  path = "/v1/model",
  method = "GET",
): Promise<number> {
  const handler = () => Promise.resolve(new Response("a secret"));
  const request = new Request(`http://127.0.0.1:7${path}`, { method, headers });
  const response = await answer(request, { handler, token: TOKEN, port: 7 });
  const text = await response.text();
  assert.equal(text.includes("a secret"), response.status === 200);
  return response.status;
}

const REFUSED: Record<string, Record<string, string>> = {
  "another Host, as by DNS rebinding": { ...RIGHT, host: "evil.test:7" },
  "another port": { ...RIGHT, host: "127.0.0.1:8" },
  "no Host": { authorization: RIGHT.authorization },
  "Origin null": { ...RIGHT, origin: "null" },
  "another origin": { ...RIGHT, origin: "http://evil.test" },
  "another port's origin": { ...RIGHT, origin: "http://127.0.0.1:8" },
  "another site": { ...RIGHT, "sec-fetch-site": "cross-site" },
  "another port of this site": { ...RIGHT, "sec-fetch-site": "same-site" },
  "no token": { host: RIGHT.host },
  "another token": { ...RIGHT, authorization: `Bearer ${"b".repeat(64)}` },
  "the token in a cookie": { host: RIGHT.host, cookie: `token=${TOKEN}` },
};

for (const [name, headers] of Object.entries(REFUSED)) {
  Deno.test(`a request with ${name} is refused, also for events and actions`, async () => {
    assert.equal(await statusOf(headers), 403);
    assert.equal(await statusOf(headers, "/v1/events?since=0"), 403);
    assert.equal(await statusOf(headers, "/v1/actions/stop", "POST"), 403);
  });
}

Deno.test("a request of the page is answered, but for what runs code or commands", async () => {
  assert.equal(await statusOf(RIGHT), 200);
  const own = { ...RIGHT, origin: "http://127.0.0.1:7", "sec-fetch-site": "same-origin" };
  assert.equal(await statusOf(own), 200);
  assert.equal(await statusOf(RIGHT, `/v1/model?token=${TOKEN}`), 200);
  for (const area of ["repl", "exec/a?arg=id", "forward/a"]) {
    assert.equal(await statusOf(RIGHT, `/v1/${area}`, "POST"), 403);
  }
});

Deno.test("a thousand services are drawn, filtered and kept current; the token is nowhere to be seen", async () => {
  const made = new MadeInterface(MANY);
  await using page = Page.serve(made.handler);
  await withPage(page.url, async (shown) => {
    await shown.waitForSelector("tr[data-service]");
    assert.equal(shown.url(), new URL("/", page.url).href);
    assert.equal(
      await shown.evaluate("document.documentElement.outerHTML.includes('token=')"),
      false,
    );
    made.change("service-999", { state: "failed" });
    await shown.waitForSelector("tr[data-service='service-999'] .state.bad");
    await shown.keyboard.press("/");
    await shown.keyboard.type("service-77 ready");
    await shown.waitForFunction("document.querySelectorAll('tr[data-service]').length === 1 + 10");
    const rows = await shown.evaluate("document.querySelectorAll('tr').length");
    assert.ok(Number(rows) < 100, `${rows} rows`);
  });
});

Deno.test("hostile names and lines are text: no element comes of them", async () => {
  const name = `<img src=x onerror="document.title='owned'">`;
  const made = new MadeInterface([name, "</script><b>bold</b>"]);
  made.lines = Array.from({ length: 1000 }, (_, at) => `${at} <img src=x onerror=alert(1)><b>`);
  await using page = Page.serve(made.handler);
  await withPage(page.url, async (shown) => {
    await shown.waitForSelector("tr[data-service]");
    for (const screen of ["graph", "steps", "events", `service/${encodeURIComponent(name)}`]) {
      await shown.evaluate(`location.hash = ${JSON.stringify(screen)}`);
      await shown.waitForFunction("document.querySelector('main').textContent !== '…'");
      assert.equal(await shown.evaluate("document.querySelectorAll('img, main b b').length"), 0);
    }
    await shown.waitForSelector(".line:has-text('999 <img')");
    assert.equal(await shown.title(), "Bailiwick");
  });
});

Deno.test("every screen is reached by a key, in the dark and in a narrow window", async () => {
  const made = new MadeInterface(["a", "b"]);
  await using page = Page.serve(made.handler);
  await withPage(page.url, async (shown) => {
    await shown.emulateMedia({ colorScheme: "dark" });
    await shown.waitForSelector("tr[data-service]");
    assert.notEqual(
      await shown.evaluate("getComputedStyle(document.body).backgroundColor"),
      "rgb(255, 255, 255)",
    );
    for (const [key, what] of [["2", "svg"], ["3", ".gantt"], ["4", ".empty"], ["1", "table"]]) {
      await shown.keyboard.press(key!);
      await shown.waitForSelector(what!);
      const wide = await shown.evaluate("document.documentElement.scrollWidth");
      assert.ok(Number(wide) <= 380, `${what} is ${wide} wide`);
    }
  }, { width: 380, height: 600 });
});

Deno.test("an action is confirmed, done, and what came of it is said", async () => {
  const made = new MadeInterface(["a"]);
  await using page = Page.serve(made.handler);
  await withPage(page.url, async (shown) => {
    for (const [button, answer] of [["Restart", "No"], ["Restart", "Yes"], ["Stop", "Yes"]]) {
      await shown.click(`tr[data-service] button:has-text("${button}")`);
      await shown.click(`[role=alertdialog] button:has-text("${answer}")`);
    }
    await shown.click("section.asks button");
    await shown.click("[role=alertdialog] button:has-text('Yes')");
    await shown.waitForSelector("[role=status]:has-text('It was done')");
    assert.deepEqual(made.done, [
      ["restart", { service: "a" }],
      ["stop", { service: "a" }],
      ["answer", { scope: "orders", choice: "again" }],
    ]);
  });
});

Deno.test("the page of a running system is live, and acts on it", async () => {
  await using cli = await OperatedCli.up();
  const dashboard = cli.spawn("dashboard", "--json");
  const stderr = dashboard.stderr.text();
  const { url } = JSON.parse(await firstLine(dashboard.stdout));
  await withPage(url, async (shown) => {
    await shown.waitForSelector("tr[data-service='front'] .state.good");
    await cli.run("stop", "front");
    await shown.waitForSelector("tr[data-service='front']:has-text('stopped')");
    await shown.click("tr[data-service='front'] button:has-text('Start')");
    await shown.click("[role=alertdialog] button:has-text('Yes')");
    await shown.waitForSelector("[role=status]:has-text('front was started')");
    await shown.click("a:has-text('orders/orderd')");
    await shown.waitForSelector(".line:has-text('orderd-1 is here')");
    await shown.waitForSelector(".charts canvas");
    await shown.keyboard.press("4");
    await shown.waitForSelector(".events:has-text('service-started')");
  });
  dashboard.kill("SIGINT");
  await dashboard.status;
  assert.equal(await stderr, "");
});
