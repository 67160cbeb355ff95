/** `events`: what has happened in a system, and what happens. */
import { type EventMessage, type EventView, RequestError } from "../../operate/mod.ts";
import { printable } from "../../logs/mod.ts";
import { print } from "../../tools/mod.ts";
import type { SystemFlags } from "../standing/flags.ts";
import type { AnySystem } from "../system.ts";
import { programOf } from "./program.ts";

/** What `events` takes. */
export interface EventsFlags extends SystemFlags {
  readonly json: boolean;
  readonly follow: boolean;
  readonly since?: number;
}

/**
 * Prints a line for each event that is kept, and with `--follow` for those that come, until the program ends.
 *
 * @throws {UsageError} If no program is there.
 */
export async function events(system: AnySystem, flags: EventsFlags): Promise<void> {
  using client = await programOf(system, flags);
  const { event: last } = await client.model();
  const { since = 0 } = flags;
  if (since > last) throw new RequestError(400, `The last event is ${last}, not ${since}`);
  if (since === last && !flags.follow) return;
  for await (const message of client.events(since)) {
    print(flags.json ? JSON.stringify(message) : eventText(message));
    if (!flags.follow && "number" in message && message.number >= last) return;
  }
}

/** An event in words. */
export function eventText(message: EventMessage): string {
  if (!isEvent(message)) return `(${message.count} earlier events are not kept any more)`;
  const { number, time, kind, ...rest } = message;
  const words = Object.entries(rest).filter(([name, value]) => {
    return value !== undefined && value !== null && name !== "instance" && name !== "id";
  }).map(([name, value]) => `${name}=${inWords(value)}`);
  return printable(`${number} ${time} ${kind} ${words.join(" ")}`);
}

function isEvent(message: EventMessage): message is EventView {
  return message.kind !== "missed";
}

function inWords(value: unknown): string {
  if (typeof value === "string") return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value !== "object" || value === null) return `${value}`;
  return Object.values(value).filter((each) => each !== undefined).map(inWords).join(",");
}
