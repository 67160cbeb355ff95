/**
 * Who may ask for what. A web page anywhere can send requests to this machine, and a name anywhere can be made to
 * lead to it; so what is not surely from the page itself is refused before anything else is looked at.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { API } from "../operate/mod.ts";

/** Bytes of a token. */
const TOKEN_BYTES = 32;

/** What is asked from outside of the page: never `exec`, a prompt, or a port. */
const ALLOWED: ReadonlySet<string> = new Set([
  ...["GET ", "GET model", "GET usage", "GET services", "GET events", "GET logs"],
  "POST actions",
]);

/** A new secret, in base64url. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/** Whether a request is to this server by its own name, and from its own page or from nobody's. */
export function isOwn({ headers }: Request, port: number): boolean {
  const host = headers.get("host");
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) return false;
  const origin = headers.get("origin");
  if (origin !== null && origin !== `http://${host}`) return false;
  const site = headers.get("sec-fetch-site");
  return site === null || site === "same-origin" || site === "none";
}

/** Whether a request is the page's own: it has the token, and says what it sends. */
export function isFromPage({ headers, method }: Request, token: string): boolean {
  if (headers.get("sec-fetch-site") === null) return false;
  if (method === "POST" && headers.get("content-type") !== "application/json") return false;
  return hasToken(headers, token);
}

/** Whether a request is that of a Prometheus, which is no browser: it has the token, and reads the metrics. */
export function isScrape({ headers, method, url }: Request, token: string): boolean {
  if (method !== "GET" || new URL(url).pathname !== `/${API}/metrics`) return false;
  return hasToken(headers, token);
}

/** Whether a path of the interface is one that the page uses. */
export function isForPage(method: string, path: string): boolean {
  return ALLOWED.has(`${method} ${path.split("/")[2] ?? ""}`);
}

function hasToken(headers: Headers, token: string): boolean {
  const [scheme, given = "", ...rest] = (headers.get("authorization") ?? "").split(" ");
  return scheme === "Bearer" && rest.length === 0 && areSame(given, token);
}

/** In a time that says nothing of where they differ. */
function areSame(a: string, b: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
