/** The routes of the interface, and what is an answer to what. Whoever gets here may do everything. */
import { printable } from "../logs/mod.ts";
import { type ActionKind, Operator } from "./actions.ts";
import { type Actions, API, type Problem } from "./api.ts";
import { detailOf } from "./detail.ts";
import { eventStream } from "./event_stream.ts";
import { execIn } from "./exec.ts";
import { forwardTo } from "./forward.ts";
import { logLines, logQuery } from "./log_lines.ts";
import { RequestError, unknownName } from "./problem.ts";
import type { RunningSystem } from "./system.ts";
import { Usage } from "./usage.ts";
import { programView, snapshotOf } from "./views.ts";

/** Answers a request. */
export type Handler = (request: Request) => Promise<Response>;

/** Answers to what comes after a path, with the query's parameters. */
export type Route = (request: Request, rest: string, url: URL) => Promise<Response> | Response;

/** Routes by method and the beginning of the path below the version, as "GET model". */
export type Routes = Readonly<Record<string, Route>>;

/** Bytes of a request at the most. */
const MOST_BYTES = 1 << 20;
const TAKES: { readonly [K in ActionKind]: readonly (keyof Actions[K] & string)[] } = {
  restart: ["service"],
  start: ["service"],
  stop: ["service", "withDependents"],
  signal: ["service", "signal"],
  run: ["scope", "arguments"],
  answer: ["scope", "choice", "arguments"],
};

/**
 * The handler of a system.
 *
 * @param more Routes besides those that are here.
 * @param usage Measures, for all that ask.
 */
export function handlerOf(
  system: RunningSystem,
  more: Routes = {},
  usage: Usage = new Usage(system),
): Handler {
  const operator = new Operator(system);
  const routes: Routes = {
    "GET ": () => json(programView(system)),
    "GET model": () => json(snapshotOf(system)),
    "GET usage": async () => json(await usage.read()),
    "GET services": async (_, name) => json(await detailOf(system, name)),
    "GET events": (request, _, url) => {
      const since = request.headers.get("last-event-id") ?? url.searchParams.get("since");
      const number = since === null ? system.model.lastNumber : numberOf("since", since);
      return stream("text/event-stream", eventStream(system.model, number));
    },
    "GET logs": (_, __, { searchParams }) =>
      stream("application/jsonl", logLines(system, logQuery(searchParams))),
    "POST exec": async (request, name, { searchParams }) => {
      const input = searchParams.has("input") ? request.body ?? undefined : undefined;
      const lines = await execIn(system, name, searchParams.getAll("arg"), input);
      return stream("application/jsonl", lines);
    },
    "GET forward": (_, name, { searchParams }) => {
      const port = (key: string) => {
        const text = searchParams.get(key);
        return text === null ? undefined : numberOf(key, text);
      };
      return stream("application/jsonl", forwardTo(system, name, port("port"), port("local")));
    },
    "POST actions": async (request, kind) =>
      json(await operator.act(actionKind(kind), await bodyOf(request, actionKind(kind)))),
    ...more,
  };
  return async (request) => {
    try {
      const url = new URL(request.url);
      const [version, area = "", ...rest] = url.pathname.slice(1).split("/").map(
        decodeURIComponent,
      );
      const route = version === API ? routes[`${request.method} ${area}`] : undefined;
      if (!route) throw new RequestError(404, `There is no ${request.method} ${url.pathname}`);
      return await route(request, rest.join("/"), url);
    } catch (error) {
      return problem(error);
    }
  };
}

/** An answer in JSON. */
export function json(value: unknown, status = 200): Response {
  return new Response(`${JSON.stringify(value)}\n`, {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}

/** An answer that goes on. */
export function stream(type: string, body: ReadableStream<Uint8Array>): Response {
  const headers = { "content-type": type, "cache-control": "no-store" };
  return new Response(body as BodyInit, { headers });
}

/**
 * Reads a whole number.
 *
 * @throws {RequestError} If it is none.
 */
export function numberOf(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new RequestError(400, `${name} is a whole number, not ${JSON.stringify(text)}`);
}

function problem(error: unknown): Response {
  const text = error instanceof Error ? error.message : `${error}`;
  const said: Problem = {
    error: text.split("\n").map(printable).join("\n"),
    ...(error instanceof RequestError && error.nearest !== undefined && { nearest: error.nearest }),
  };
  return json(said, error instanceof RequestError ? error.status : 500);
}

function actionKind(kind: string): ActionKind {
  if (Object.hasOwn(TAKES, kind)) return kind as ActionKind;
  throw unknownName("action", kind, Object.keys(TAKES));
}

async function bodyOf<K extends ActionKind>(request: Request, kind: K): Promise<Actions[K]> {
  const body: unknown = parsed(await textOf(request));
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new RequestError(400, `${kind} takes an object, as {"${TAKES[kind][0]}": "..."}`);
  }
  const known: readonly string[] = TAKES[kind];
  for (const [name, value] of Object.entries(body)) {
    if (!known.includes(name)) throw unknownName(`field of ${kind}`, name, known);
    checkField(name, value);
  }
  const missing = known.find((name) => !(name in body) && !OPTIONAL.includes(name));
  if (missing !== undefined) throw new RequestError(400, `${kind} needs ${missing}`);
  return body as Actions[K];
}

const OPTIONAL = ["withDependents", "arguments"];

function checkField(name: string, value: unknown): void {
  const isRight = name === "withDependents"
    ? typeof value === "boolean"
    : name === "arguments"
    ? typeof value === "object" && value !== null &&
      Object.values(value).every((each) => typeof each === "string")
    : typeof value === "string";
  if (!isRight) throw new RequestError(400, `${name} cannot be ${JSON.stringify(value)}`);
}

async function textOf(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > MOST_BYTES) throw new RequestError(400, `It has more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return await new Blob(chunks as BlobPart[]).text();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError(400, "It is no JSON");
  }
}
