/** The lines of services as a stream, which is read at the pace of who reads it. */
import type { Journal, JournalLine, JournalReader } from "../model/mod.ts";
import type { LogMessage } from "./api.ts";
import { RequestError, unknownName } from "./problem.ts";
import type { RunningSystem } from "./system.ts";
import { Dates } from "./views.ts";

/** Lines that are sent together at the most. */
const AT_ONCE = 1000;

const utf8 = new TextEncoder();

/** What of the lines is wanted. */
export interface LogQuery {
  /** Paths of services, or of scopes: then all in them. All services if there is none. */
  readonly services: readonly string[];
  /** Only those that came then or later; milliseconds since 1970. */
  readonly since?: number | undefined;
  /** Only those after the one of this number. */
  readonly after?: number | undefined;
  /** Only the last so many of those that are there. */
  readonly last?: number | undefined;
  /** Only those that match. */
  readonly grep?: RegExp | undefined;
  /** Whether those are wanted, too, that come. */
  readonly follow: boolean;
}

/**
 * The lines that are asked for, as JSON lines of {@linkcode LogMessage}. Nothing waits here for a reader: one that is
 * slow is told how many lines it has missed.
 *
 * @throws {RequestError} If nothing has one of the names.
 */
export function logLines(system: RunningSystem, query: LogQuery): ReadableStream<Uint8Array> {
  const { model } = system;
  const { journal } = model;
  for (const name of query.services) checkName(system, journal, name);
  const reader = journal.reader({
    wants: (path) => query.services.length === 0 || query.services.some((of) => isIn(path, of)),
    ...(query.after !== undefined && { after: query.after }),
    ...(query.since !== undefined && { since: query.since - model.date() + model.now() }),
  });
  const dates = new Dates(model);
  let isFirst = true;
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        const piece = next(reader, isFirst ? query.last : undefined);
        isFirst = false;
        const lines = piece.lines.filter(({ line }) => query.grep?.test(line) ?? true);
        const messages = lines.map((line) => messageOf(line, dates));
        if (piece.missed > 0) messages.unshift({ missed: piece.missed });
        if (messages.length > 0) {
          return controller.enqueue(
            utf8.encode(messages.map((each) => `${JSON.stringify(each)}\n`).join("")),
          );
        }
        if (piece.lines.length > 0) continue;
        if (!query.follow) return controller.close();
        await journal.news;
      }
    },
  }, { highWaterMark: 0 });
}

/**
 * Reads a query.
 *
 * @throws {RequestError} If it makes no sense.
 */
export function logQuery(parameters: URLSearchParams): LogQuery {
  const number = (name: string) => {
    const text = parameters.get(name);
    if (text === null) return undefined;
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw new RequestError(400, `${name} is a whole number, not ${JSON.stringify(text)}`);
  };
  return {
    services: parameters.getAll("service"),
    since: timeOf(parameters.get("since")),
    after: number("after"),
    last: number("last"),
    grep: patternOf(parameters.get("grep")),
    follow: parameters.has("follow"),
  };
}

function next(reader: JournalReader, last: number | undefined) {
  return last === undefined ? reader.read(AT_ONCE) : reader.last(last);
}

function messageOf({ number, time, path, instance, line }: JournalLine, dates: Dates): LogMessage {
  return { number, time: dates.of(time), service: path, instance: instance.toString(16), line };
}

function isIn(path: string, name: string): boolean {
  return path === name || path.startsWith(`${name}/`);
}

function checkName(system: RunningSystem, journal: Journal, name: string): void {
  const known = new Set([...system.services.keys(), ...journal.names]);
  if (known.values().some((path) => isIn(path, name))) return;
  throw unknownName("service", name, [...known]);
}

function timeOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  throw new RequestError(
    400,
    `since is a time, as 2026-11-25T21:23:30Z, not ${JSON.stringify(text)}`,
  );
}

function patternOf(text: string | null): RegExp | undefined {
  if (text === null) return undefined;
  try {
    return new RegExp(text, "u");
  } catch (cause) {
    throw new RequestError(400, `grep is a regular expression: ${(cause as Error).message}`);
  }
}
