/**
 * The web page on 127.0.0.1. Rules:
 *
 * - Whoever knows the token may look and act; it is in the fragment of the page's URL, which browsers send to nobody.
 * - A request that another site has caused is refused before it is looked at: by its Host, its Origin, and what the
 *   browser says of where it comes from.
 * - What runs code or commands is not there: that is for the socket alone.
 */
import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import { API, type Handler, json, type Problem } from "../operate/mod.ts";
import { FILES } from "./files.ts";

/** Bytes. */
const TOKEN = 32;
const NEVER = ["repl", "exec", "forward"];
const HEADERS = {
  "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; " +
    "style-src-attr 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cache-control": "no-store",
};

/** A page that is served until it is disposed. */
export class Page implements AsyncDisposable {
  /** With the token: to be shown to nobody but who asked for it. */
  readonly url: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #stop: AbortController;

  private constructor(url: string, server: Deno.HttpServer<Deno.NetAddr>, stop: AbortController) {
    this.url = url;
    this.#server = server;
    this.#stop = stop;
  }

  /**
   * Serves the page.
   *
   * @param handler Answers what the page asks.
   * @param port 0 for any that is free.
   * @throws {Deno.errors.AddrInUse} If the port is taken.
   */
  static serve(handler: Handler, port = 0): Page {
    const token = crypto.getRandomValues(new Uint8Array(TOKEN)).toHex();
    const stop = new AbortController();
    const options = { hostname: "127.0.0.1", port, signal: stop.signal, onListen: () => {} };
    const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(options, (request) => {
      return answer(request, { handler, token, port: server.addr.port });
    });
    return new Page(`http://127.0.0.1:${server.addr.port}/#token=${token}`, server, stop);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#server.finished;
  }
}

/** What an answer depends on. */
export interface Serving {
  readonly handler: Handler;
  readonly token: string;
  readonly port: number;
}

/** Answers a request, if it is the page's own. */
export async function answer(request: Request, serving: Serving): Promise<Response> {
  const { status, headers, body } = await checked(request, serving);
  const type = headers.get("content-type") ?? "text/plain";
  return new Response(body, { status, headers: { ...HEADERS, "content-type": type } });
}

async function checked(request: Request, { handler, token, port }: Serving): Promise<Response> {
  if (!isOwn(request.headers, port)) return refusal("This is for the page of this program alone");
  const { pathname } = new URL(request.url);
  const file = request.method === "GET" ? FILES[pathname] : undefined;
  if (file) return new Response(await file.read(), { headers: { "content-type": file.type } });
  if (!isKnown(request.headers.get("authorization") ?? "", token)) {
    return refusal("Open the page by the URL that the program has printed, with its token");
  }
  const [version, area] = pathname.slice(1).split("/");
  if (version === API && NEVER.includes(area ?? "")) {
    return refusal(`${area} is not for the web: use the command line`);
  }
  return await handler(request);
}

/** Whether a request is not one that another site has caused. */
function isOwn(headers: Headers, port: number): boolean {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const host = headers.get("host") ?? "";
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  return hosts.includes(host) && (origin === null || origin === `http://${host}`) &&
    (site === null || site === "same-origin" || site === "none");
}

function isKnown(authorization: string, token: string): boolean {
  const [given, right] = [authorization, `Bearer ${token}`].map((text) => Buffer.from(text));
  return given!.length === right!.length && timingSafeEqual(given!, right!);
}

function refusal(error: string): Response {
  return json({ error } satisfies Problem, 403);
}
