/** What has happened, the last first. */
import { computed, signal } from "@preact/signals";
import type { EventView } from "../../operate/api.ts";
import { badness, clock, count } from "./format.ts";
import { Search } from "./parts.tsx";
import { events, missed } from "./store.ts";
import { Virtual } from "./virtual.tsx";

const HEIGHT = 26;
const text = signal("");

const found = computed(() => {
  const words = text.value.toLowerCase().split(/\s+/);
  if (words.every((word) => word === "")) return events.value;
  return events.value.filter((event) => {
    const all = JSON.stringify(event).toLowerCase();
    return words.every((word) => all.includes(word));
  });
});

export function Events() {
  const all = found.value;
  const row = (index: number) => (
    <EventRow key={all.length - index} event={all[all.length - 1 - index]!} />
  );
  return (
    <section class="screen">
      <div class="tools">
        <Search value={text.value} onInput={(it) => text.value = it} placeholder="Find events" />
        <span class="faint">
          {count(all.length)}{" "}
          events{missed.value > 0 && `, ${count(missed.value)} are not kept any more`}
        </span>
      </div>
      <Virtual count={all.length} height={HEIGHT} row={row} label="Events" class="list" />
    </section>
  );
}

/** An event in a line. */
export function EventRow({ event }: { event: EventView }) {
  const [subject, rest] = wordsOf(event);
  return (
    <div class="event">
      <time title={event.time}>{clock(event.time)}</time>
      <span class={`what ${isBad(event) ? "bad" : ""}`}>{event.kind.replaceAll("-", " ")}</span>
      <b>{subject}</b>
      <span class="rest" title={rest}>{rest}</span>
    </div>
  );
}

const HEADS = ["path", "host", "step", "number", "time", "kind", "instance", "id", "state"];

function wordsOf(event: EventView): [subject: string, rest: string] {
  const { path, host, step, state } = event as Readonly<Record<string, unknown>>;
  const of = step as { kind: string; subject: string; host: string } | undefined;
  const subject = of ? `${of.kind} ${of.subject}` : `${path ?? host ?? ""}`;
  const words = Object.entries(event).filter(([name, value]) =>
    !HEADS.includes(name) && value !== undefined && value !== null
  ).map(([name, value]) => typeof value === "object" && value ? inner(value) : `${name} ${value}`);
  if (path !== undefined && host !== undefined) words.unshift(`on ${host}`);
  if (of) words.unshift(`on ${of.host}`);
  if (state !== undefined) words.unshift(`${state}`);
  return [subject, words.join(" · ")];
}

function inner(value: object): string {
  return Object.entries(value).filter(([, each]) =>
    each !== undefined && each !== null && each !== 0
  )
    .map(([name, each]) => Array.isArray(value) ? `${each}` : `${name} ${each}`).join(", ");
}

function isBad(event: EventView): boolean {
  const { state, failure } = event as Readonly<Record<string, unknown>>;
  return failure !== undefined || typeof state === "string" && badness(state) === 3 ||
    event.kind === "host-lost" || event.kind === "host-unreachable";
}
