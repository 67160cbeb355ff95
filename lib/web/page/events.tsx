/** @jsxImportSource preact */
/** What has happened, the last first. */
import type { EventView } from "../../operate/api.ts";
import { recent } from "./store.ts";
import { clock } from "./words.ts";

export function Events() {
  if (recent.value.length === 0) return <p class="empty">Nothing since this page was opened</p>;
  return (
    <div class="scroll">
      <EventList events={recent.value} />
    </div>
  );
}

export function EventList({ events }: { events: readonly EventView[] }) {
  return (
    <ol class="events">
      {events.map((event) => (
        <li key={event.number}>
          <time>{clock(event.time)}</time> <b>{event.kind}</b> {inWords(event)}
        </li>
      ))}
    </ol>
  );
}

const TOLD: readonly string[] = ["number", "time", "kind", "instance", "id"];

function inWords(event: EventView): string {
  return Object.entries(event).filter(([name, value]) => !TOLD.includes(name) && value != null)
    .map(([name, value]) => `${name} ${typeof value === "object" ? flat(value!) : value}`)
    .join(", ");
}

function flat(value: object): string {
  return Object.values(value).filter((each) => each !== null && each !== undefined).join(" ");
}
