/** What an event changes at once; what it does not say is read with the model soon after. */
import type { EventView, ServiceView } from "../../operate/api.ts";

/** Services by name. */
export type Services = ReadonlyMap<string, ServiceView>;

type Facts = { readonly [name: string]: unknown };

/** Events after which there may be more to know than they say. */
const STRUCTURAL = /^(service-(started|ended)|scope-|host-|step-(begun|ended))/;

/** Whether the model is to be read again. */
export function saysTooLittle({ kind }: EventView): boolean {
  return STRUCTURAL.test(kind);
}

/** The services after some events. The views of those that nothing happened to stay the same objects. */
export function applied(services: Services, events: readonly EventView[]): Services {
  const after = new Map(services);
  for (const event of events) {
    const { path } = event as Facts;
    if (typeof path !== "string" || !event.kind.startsWith("service-")) continue;
    const changed = one(after.get(path), event);
    if (changed) after.set(path, changed);
  }
  return after;
}

function one(before: ServiceView | undefined, event: EventView): ServiceView | undefined {
  const facts: Facts = event;
  if (event.kind === "service-started") return started(before, event);
  if (!before || before.instance !== facts["instance"]) return undefined;
  const { reason: _, paused: __, ...rest } = before;
  switch (event.kind) {
    case "service-changed":
      return {
        ...rest,
        ...(before.paused !== undefined && { paused: before.paused }),
        ...(typeof facts["reason"] === "string" && { reason: facts["reason"] }),
        state: facts["state"] as ServiceView["state"],
        since: event.time,
      };
    case "service-says":
      return { ...before, says: facts["status"] as string };
    case "service-paused":
      return {
        ...rest,
        ...(before.reason !== undefined && { reason: before.reason }),
        ...(typeof facts["by"] === "string" && { paused: facts["by"] }),
      };
    case "service-ended": {
      const state = facts["state"] as ServiceView["state"];
      const { status = "its host was lost" } = facts["end"] as { status?: string };
      return { ...rest, state, since: event.time, lastEnd: { time: event.time, status, state } };
    }
    default:
      return undefined;
  }
}

function started(before: ServiceView | undefined, event: EventView): ServiceView {
  const facts = event as unknown as Pick<ServiceView, "instance" | "host" | "pid" | "state"> & {
    path: string;
    address?: string;
  };
  const { path: name, instance, host, pid, state, address } = facts;
  return {
    ...{ name, instance, host, pid, state, since: event.time, started: event.time },
    scope: before?.scope ?? name.split("/").slice(0, -1).join("/"),
    restarts: before ? before.restarts + 1 : 0,
    uses: before?.uses ?? [],
    ...(before?.lastEnd && { lastEnd: before.lastEnd }),
    ...(address !== undefined && { address }),
  };
}
