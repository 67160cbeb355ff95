/** What the page knows of the system, kept current. */
import { signal } from "@preact/signals";
import type { EventView, Snapshot, UsageView } from "../../operate/api.ts";
import { events, getModel, getUsage, Refusal } from "./api.ts";

const MOST_EVENTS = 500;
const MOST_READINGS = 300;
/** Milliseconds. */
const USAGE_EVERY = 2000;
const AGAIN_AFTER = 1000;
const REST = 100;

/** One reading of what a service uses. */
export interface Reading extends UsageView {
  readonly time: number;
}

export const model = signal<Snapshot | undefined>(undefined);
/** Why the program cannot be asked; nothing while it can. */
export const problem = signal<string | undefined>(undefined);
/** The last events, the last first. */
export const recent = signal<readonly EventView[]>([]);
/** By the names of services, the oldest first. */
export const readings = signal<ReadonlyMap<string, readonly Reading[]>>(new Map());

/** Keeps all of it current, for as long as the page is there and shown. */
export async function follow(): Promise<never> {
  for (;;) {
    const shown = whileShown();
    try {
      model.value = await getModel();
      problem.value = undefined;
      for await (const some of events(model.value.event, shown.signal)) {
        const known = some.filter((each): each is EventView => each.kind !== "missed");
        recent.value = [...known.toReversed(), ...recent.value].slice(0, MOST_EVENTS);
        model.value = await getModel();
        await later(REST);
      }
      problem.value = "The program has ended";
    } catch (error) {
      if (!shown.signal.aborted) problem.value = inWords(error);
    } finally {
      shown.stop();
    }
    await later(AGAIN_AFTER);
    await untilShown();
  }
}

/** Reads what services use, again and again. */
export async function measure(): Promise<never> {
  for (;;) {
    const usage = await getUsage().catch(() => ({}));
    const time = Date.now() / 1000;
    readings.value = new Map(
      Object.entries(usage).map(([name, view]) => {
        const before = readings.value.get(name) ?? [];
        return [name, [...before, { ...view, time }].slice(-MOST_READINGS)];
      }),
    );
    await later(USAGE_EVERY);
    await untilShown();
  }
}

function inWords(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  return "The program cannot be reached: it has ended, or is being started again";
}

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Browsers have few connections for one origin: a page that nobody sees keeps none. */
function whileShown(): { readonly signal: AbortSignal; stop(): void } {
  const hidden = new AbortController();
  const look = () => document.hidden && hidden.abort();
  document.addEventListener("visibilitychange", look);
  return {
    signal: hidden.signal,
    stop: () => document.removeEventListener("visibilitychange", look),
  };
}

async function untilShown(): Promise<void> {
  while (document.hidden) {
    await new Promise((resolve) =>
      document.addEventListener("visibilitychange", resolve, { once: true })
    );
  }
}
