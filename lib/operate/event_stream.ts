/** Events as a stream of server-sent events, which is read at the pace of who reads it. */
import type { Model } from "../model/mod.ts";
import type { EventMessage } from "./api.ts";
import { Dates, eventView } from "./views.ts";

/** Events that are sent together at the most. */
const AT_ONCE = 256;
/** How often a silent stream says that it is there. */
const SILENCE = 15_000;

const utf8 = new TextEncoder();

/**
 * The events after one, and those that come. Nothing waits here for a reader: one that is slow is told how many it
 * has missed.
 *
 * @param since The number of the last event that is known.
 */
export function eventStream(model: Model, since: number): ReadableStream<Uint8Array> {
  let at = since;
  let news = Promise.withResolvers<void>();
  const dates = new Dates(model);
  const watch = model.observe(() => news.resolve());
  return new ReadableStream({
    start(controller) {
      controller.enqueue(utf8.encode(": events\n\n"));
    },
    async pull(controller) {
      if (model.lastNumber === at && !await within(news.promise)) {
        return controller.enqueue(utf8.encode(": still here\n\n"));
      }
      news = Promise.withResolvers();
      const events = model.eventsAfter(at).slice(0, AT_ONCE);
      if (events.length === 0) return controller.enqueue(utf8.encode(": nothing yet\n\n"));
      const count = events[0]!.number - at - 1;
      at = events.at(-1)!.number;
      const messages = events.map((event) => message(eventView(event, dates), event.number));
      if (count > 0) messages.unshift(message({ kind: "missed", count }));
      controller.enqueue(utf8.encode(messages.join("")));
    },
    cancel() {
      watch[Symbol.dispose]();
    },
  }, { highWaterMark: 0 });
}

function message(data: EventMessage, number?: number): string {
  const id = number === undefined ? "" : `id: ${number}\n`;
  return `${id}data: ${JSON.stringify(data)}\n\n`;
}

/** Whether it settles before the stream has been silent for too long. */
async function within(news: Promise<void>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), SILENCE);
  Deno.unrefTimer(timer);
  try {
    return await Promise.race([news.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
