/** All that is known of one service. */
import { printable } from "../logs/mod.ts";
import type { ModelEvent } from "../model/mod.ts";
import type { ServiceDetail } from "./api.ts";
import type { RunningSystem } from "./system.ts";
import { serviceOf } from "./system.ts";
import { usageView } from "./usage.ts";
import { Dates, eventView, servicesOf } from "./views.ts";

/** Events of its past that are shown. */
const MOST_EVENTS = 50;
const SHOWN: readonly ModelEvent["kind"][] = [
  "service-started",
  "service-changed",
  "service-paused",
  "service-ended",
  "service-ended-unattended",
  "lines-dropped",
];

/** @throws {RequestError} If there is no service of this name. */
export async function detailOf(system: RunningSystem, name: string): Promise<ServiceDetail> {
  const row = system.row(name);
  const member = system.members.get(name);
  const service = member && serviceOf(member);
  const usage = await service?.stats().catch(() => undefined);
  const views = servicesOf(system);
  const dates = new Dates(system.model);
  const isOfIt = (event: ModelEvent) => "path" in event && event.path === name;
  const events = system.model.events.filter((event) => SHOWN.includes(event.kind) && isOfIt(event));
  return {
    ...views.find((view) => view.name === name)!,
    command: row.command,
    fingerprint: Object.fromEntries(
      Object.entries(member?.entry.made?.fingerprint ?? {}).map(([field, text]) => [
        field,
        printable(text),
      ]),
    ),
    usedBy: views.filter(({ uses }) => uses.includes(name)).map((view) => view.name),
    ...(usage && { usage: usageView(usage) }),
    ...(row.ready !== undefined && { timeToReady: row.ready - row.started }),
    history: events.slice(-MOST_EVENTS).toReversed().map((event) => eventView(event, dates)),
    lastLines: service?.log?.tail ?? [],
  };
}
