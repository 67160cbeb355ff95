import assert from "node:assert/strict";
import type { Handler } from "../operate/mod.ts";
import { newToken } from "./guard.ts";
import { type ServedPage, servePage } from "./server.ts";

const TOKEN = newToken();
const OWN = { authorization: `Bearer ${TOKEN}`, "sec-fetch-site": "same-origin" };

/** What a raw request is answered; headers are sent as they are. */
async function ask(
  { port }: ServedPage,
  line: string,
  headers: Readonly<Record<string, string>>,
  body = "",
): Promise<{ status: number; head: string; body: string }> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const lines = Object.entries({
    ...{ host: `127.0.0.1:${port}`, connection: "close" },
    ...(body !== "" && { "content-length": `${body.length}` }),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const text = `${line} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
  await connection.write(new TextEncoder().encode(text));
  const answer = await new Response(connection.readable as BodyInit).text();
  const [head = "", ...rest] = answer.split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), head, body: rest.join("\r\n\r\n") };
}

/** What gets through. */
async function served(): Promise<ServedPage & { readonly asked: string[] }> {
  const asked: string[] = [];
  const handler: Handler = async (request) => {
    asked.push(`${request.method} ${new URL(request.url).pathname}`);
    return new Response("answered");
  };
  return { ...await servePage({ handler, token: TOKEN }), asked };
}

Deno.test("servePage() answers its own page, and gives it nothing that others could use", async () => {
  await using page = await served();
  assert.equal(page.url, `http://127.0.0.1:${page.port}/#token=${TOKEN}`);
  for (const path of ["/", "/page.js", "/page.css", "/icon.svg"]) {
    const { status, head } = await ask(page, `GET ${path}`, {});
    assert.equal(status, 200, path);
    assert.match(head, /content-security-policy: default-src 'none'; script-src 'self'/);
    assert.match(head, /referrer-policy: no-referrer/);
    assert.match(head, /x-content-type-options: nosniff/);
    assert.match(head, /cross-origin-resource-policy: same-origin/);
    assert.doesNotMatch(head, /set-cookie|access-control/);
  }
  const own = await ask(page, "GET /v1/model", OWN);
  assert.match(own.body, /answered/);
  const host = `localhost:${page.port}`;
  assert.equal((await ask(page, "GET /v1/events", { ...OWN, host })).status, 200);
  const post = {
    ...OWN,
    "content-type": "application/json",
    origin: `http://127.0.0.1:${page.port}`,
  };
  assert.equal((await ask(page, "POST /v1/actions/stop", post, "{}")).status, 200);
  assert.deepEqual(page.asked, ["GET /v1/model", "GET /v1/events", "POST /v1/actions/stop"]);
});

const FORM = { "content-type": "application/x-www-form-urlencoded" };

/** Each with all else that its own page sends. */
const REFUSED: Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>> = {
  "of another Host": ["GET /v1/model", { ...OWN, host: "127.0.0.1:1" }],
  "of a name that was made to lead here": ["GET /v1/model", { ...OWN, host: "evil.test:PORT" }],
  "of the page by such a name": ["GET /", { host: "evil.test:PORT" }],
  "of the Origin null": ["GET /v1/model", { ...OWN, origin: "null" }],
  "of another Origin": ["GET /v1/model", { ...OWN, origin: "http://evil.test" }],
  "of another port's Origin": ["GET /v1/model", { ...OWN, origin: "http://127.0.0.1:1" }],
  "from another site": ["GET /v1/model", { ...OWN, "sec-fetch-site": "cross-site" }],
  "of the page from another site": ["GET /", { "sec-fetch-site": "cross-site" }],
  "from the same site, another port": ["GET /v1/model", { ...OWN, "sec-fetch-site": "same-site" }],
  "of a form": ["POST /v1/actions/stop", { ...OWN, ...FORM }],
  "of a form of another site": ["POST /v1/actions/stop", {
    ...FORM,
    origin: "http://evil.test",
    "sec-fetch-site": "cross-site",
  }],
  "without a token": ["GET /v1/model", { "sec-fetch-site": "same-origin" }],
  "with another token": ["GET /v1/model", { ...OWN, authorization: `Bearer ${newToken()}` }],
  "with the token elsewhere": [`GET /v1/model?token=${TOKEN}`, { "sec-fetch-site": "same-origin" }],
  "of nobody's browser": ["GET /v1/model", { authorization: `Bearer ${TOKEN}` }],
  "for events, of another Origin": ["GET /v1/events", { ...OWN, origin: "http://evil.test" }],
  "for events, without a token": ["GET /v1/events", { "sec-fetch-site": "same-origin" }],
  "for a WebSocket of another Origin": ["GET /v1/events", {
    ...{ origin: "http://evil.test", upgrade: "websocket", connection: "Upgrade, close" },
    ...{ "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==", "sec-websocket-version": "13" },
  }],
  "to run a command": ["POST /v1/exec/web", { ...OWN, "content-type": "application/json" }],
  "for a prompt": ["POST /v1/attach", { ...OWN, "content-type": "application/json" }],
  "for a port": ["GET /v1/forward/web", OWN],
  "of another method": ["OPTIONS /v1/model", OWN],
};

for (const [what, [line, headers]] of Object.entries(REFUSED)) {
  Deno.test(`servePage() refuses a request ${what}, and says nothing`, async () => {
    await using page = await served();
    const host = headers["host"]?.replace("PORT", `${page.port}`);
    const answer = await ask(page, line, { ...headers, ...(host && { host }) });
    assert.equal(answer.status, 403);
    assert.equal(answer.body, "");
    assert.deepEqual(page.asked, []);
  });
}

Deno.test("servePage() has an end to how many answers are under way", async () => {
  const begun = Promise.withResolvers<void>();
  let open = 0;
  const handler: Handler = async () => {
    if (++open === 64) begun.resolve();
    return new Response(new ReadableStream({ pull() {} }));
  };
  await using page = await servePage({ handler, token: TOKEN });
  const url = `http://127.0.0.1:${page.port}/v1/events`;
  const stop = new AbortController();
  const asking = Array.from(
    { length: 64 },
    () =>
      fetch(url, { headers: OWN, signal: stop.signal }).then((each) =>
        each.body!.getReader().read()
      )
        .catch(() => {}),
  );
  await begun.promise;
  assert.equal((await ask(page, "GET /v1/events", OWN)).status, 503);
  stop.abort();
  await Promise.all(asking);
});
