/**
 * How the system is, as far as the page knows: the model once, then what its events change. What an event does not
 * say is read with the model again, at most once in a while.
 */
import { batch, signal } from "@preact/signals";
import type {
  EventMessage,
  EventView,
  HostView,
  ProgramView,
  ScopeView,
  Snapshot,
  StepView,
} from "../../operate/api.ts";
import { eventsAfter, read, RefusedError } from "./api.ts";
import { applied, saysTooLittle, type Services } from "./apply.ts";

/** Milliseconds. */
const RETRY = 300;
const SETTLE = 100;
const BETWEEN_READS = 1000;
/** Events that are kept here. */
const MOST_EVENTS = 20_000;

/** Whether the program is heard: it has `refused` if it does not know the page's token. */
export const link = signal<"connecting" | "live" | "lost" | "refused">("connecting");
export const program = signal<ProgramView | undefined>(undefined);
export const services = signal<Services>(new Map());
export const scopes = signal<readonly ScopeView[]>([]);
export const hosts = signal<readonly HostView[]>([]);
export const steps = signal<readonly StepView[]>([]);
/** In their order; the array grows, and is told of as another one. */
export const events = signal<readonly EventView[]>([]);
/** Events that were not kept for the page. */
export const missed = signal(0);
/** The time of the program, each second; milliseconds since 1970. */
export const now = signal(Date.now());

let offset = 0;
let modelAt = 0;
let heardAt = 0;
let readSoon: ReturnType<typeof setTimeout> | undefined;
let lastRead = -Infinity;

/** Follows the program, and the next one when it has ended, as long as the page is there. */
export async function follow(): Promise<void> {
  setInterval(() => now.value = Date.now() + offset, 1000);
  for (;;) {
    await shown();
    const hidden = new AbortController();
    const hide = () => document.hidden && hidden.abort();
    document.addEventListener("visibilitychange", hide);
    try {
      await readModel();
      for await (const messages of eventsAfter(heardAt, hidden.signal)) take(messages);
    } catch (error) {
      if (error instanceof RefusedError) {
        link.value = "refused";
        return;
      }
    } finally {
      document.removeEventListener("visibilitychange", hide);
    }
    if (!hidden.signal.aborted) {
      link.value = "lost";
      await new Promise((resolve) => setTimeout(resolve, RETRY));
    }
  }
}

async function shown(): Promise<void> {
  while (document.hidden) {
    await new Promise((resolve) =>
      document.addEventListener("visibilitychange", resolve, { once: true })
    );
  }
}

async function readModel(): Promise<void> {
  lastRead = performance.now();
  const [about, model] = await Promise.all([read<ProgramView>(""), read<Snapshot>("model")]);
  batch(() => {
    const before = program.peek();
    if (before && (before.pid !== about.pid || before.since !== about.since)) anotherProgram();
    program.value = about;
    link.value = "live";
    modelAt = model.event;
    offset = Date.parse(model.time) - Date.now();
    now.value = Date.now() + offset;
    const read = new Map(model.services.map((view) => [view.name, same(view)]));
    services.value = applied(read, events.peek().filter(({ number }) => number > modelAt));
    scopes.value = model.scopes;
    hosts.value = model.hosts;
    const others = steps.peek().filter(({ begun }) => begun < about.since);
    steps.value = [...others, ...model.steps];
  });
}

/** The numbers of events begin anew; what earlier programs did stays to be seen. */
function anotherProgram(): void {
  events.value = [];
  missed.value = 0;
  [modelAt, heardAt] = [0, 0];
}

/** The view that is there already if it is equal, so that what shows it need not be drawn again. */
function same<T extends { readonly name: string }>(view: T): T {
  const before = services.peek().get(view.name);
  return before && JSON.stringify(before) === JSON.stringify(view) ? before as unknown as T : view;
}

function take(messages: readonly EventMessage[]): void {
  batch(() => {
    const fresh: EventView[] = [];
    for (const message of messages) {
      if (message.kind === "missed") {
        missed.value += (message as { count: number }).count;
        modelSoon();
      } else fresh.push(message as EventView);
    }
    if (fresh.length === 0) return;
    heardAt = fresh.at(-1)!.number;
    events.value = [...events.peek(), ...fresh].slice(-MOST_EVENTS);
    const later = fresh.filter(({ number }) => number > modelAt);
    if (later.length === 0) return;
    services.value = applied(services.peek(), later);
    if (later.some(saysTooLittle)) modelSoon();
  });
}

function modelSoon(): void {
  if (readSoon !== undefined) return;
  const wait = Math.max(SETTLE, lastRead + BETWEEN_READS - performance.now());
  readSoon = setTimeout(() => {
    readSoon = undefined;
    readModel().catch(() => {}); // The stream of events ends, too, and says it.
  }, wait);
}
