/** The page and its interface on a port of this machine alone, for whoever has the token. */
import type { Handler } from "../operate/mod.ts";
import { readPage } from "./files.ts";
import { isForPage, isFromPage, isOwn, isScrape, newToken } from "./guard.ts";

const HOSTNAME = "127.0.0.1";
/** Answers that are under way at the same time at the most. */
const MOST_ANSWERS = 64;

/** Of every answer: nothing comes from elsewhere, nothing goes there, and nothing is markup that is not a file. */
const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cache-control": "no-store",
};

/** What is served. */
export interface PageOptions {
  /** The interface of the program. */
  readonly handler: Handler;
  /** What everything but the page's files needs; another one each time if it is not given. */
  readonly token?: string;
  /**
   * Any that is free, if it is 0.
   *
   * @default {0}
   */
  readonly port?: number;
}

/** A page that can be opened, until it is disposed. */
export interface ServedPage extends AsyncDisposable {
  readonly port: number;
  /** Where, with the token: a secret, which a browser keeps out of requests and its history. */
  readonly url: string;
}

/**
 * Serves the page.
 *
 * @throws {AssetError} If its script was not made.
 * @throws {Deno.errors.AddrInUse} If the port is taken.
 */
export async function servePage(
  { handler, token = newToken(), port: wanted = 0 }: PageOptions,
): Promise<ServedPage> {
  const files = await readPage();
  const stop = new AbortController();
  let answers = 0;
  const answer = async (request: Request, port: number): Promise<Response> => {
    if (!isOwn(request, port)) return refusal(403);
    const { pathname } = new URL(request.url);
    const file = request.method === "GET" ? files.get(pathname) : undefined;
    if (file) return new Response(file.body, { headers: { ...HEADERS, ...file.headers } });
    const isPages = isFromPage(request, token) && isForPage(request.method, pathname);
    if (!isPages && !isScrape(request, token)) return refusal(403);
    if (answers >= MOST_ANSWERS) return refusal(503);
    answers++;
    return counted(await handler(request), () => answers--);
  };
  const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve({
    ...{ hostname: HOSTNAME, port: wanted, signal: stop.signal, onListen() {} },
  }, (request) => answer(request, server.addr.port));
  const { port } = server.addr;
  return {
    port,
    url: `http://${HOSTNAME}:${port}/#token=${token}`,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await server.finished;
    },
  };
}

/** Nothing is said of why. */
function refusal(status: number): Response {
  return new Response(null, { status, headers: HEADERS });
}

const CUT_OFF = { done: true, value: undefined } as const;

/** An answer with the headers of all, and which tells when it is over. */
function counted(response: Response, over: () => void): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  const { status } = response;
  if (!response.body) {
    over();
    return new Response(null, { status, headers });
  }
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      // What is cut off there ends here: the page asks again.
      const { done, value } = await reader.read().catch(() => CUT_OFF);
      if (!done) return controller.enqueue(value);
      over();
      controller.close();
    },
    async cancel(reason) {
      over();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
  return new Response(body as BodyInit, { status, headers });
}
