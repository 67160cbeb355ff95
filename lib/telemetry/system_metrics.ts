/** The metrics of a running system. */
import type { ServiceState } from "../model/mod.ts";
import type { RunningSystem, ServiceView, UsageView } from "../operate/mod.ts";
import { servicesOf } from "../operate/views.ts";
import type { Metric, MetricValue } from "./metrics.ts";

const STATES: readonly ServiceState[] = [
  ...["starting", "running", "ready", "unready", "stopping"] as const,
  ...["stopped", "finished", "failed", "unknown"] as const,
];

/**
 * What is so now.
 *
 * @param usage By the names of services.
 */
export function systemMetrics(
  system: RunningSystem,
  usage: Readonly<Record<string, UsageView>>,
): Metric[] {
  const { model } = system;
  const services = servicesOf(system);
  const each = (value: (service: ServiceView) => number | undefined): MetricValue[] =>
    services.flatMap((service) => {
      const found = value(service);
      return found === undefined ? [] : [{ labels: labelsOf(service), value: found }];
    });
  return [
    {
      name: "bailiwick_service_state",
      help: "1 for the state that a service is in",
      type: "gauge",
      values: services.flatMap((service) =>
        STATES.map((state) => ({
          labels: { ...labelsOf(service), state },
          value: service.state === state ? 1 : 0,
        }))
      ),
    },
    {
      name: "bailiwick_service_restarts_total",
      help: "How often this program has started a service again",
      type: "counter",
      values: each(({ restarts }) => restarts),
    },
    {
      name: "bailiwick_service_cpu_seconds_total",
      help: "Processor time of a service and its tree since its start",
      type: "counter",
      values: each(({ name }) => usage[name] && usage[name].cpu / 1000),
    },
    {
      name: "bailiwick_service_memory_bytes",
      help: "Memory of a service and its tree that is resident",
      type: "gauge",
      values: each(({ name }) => usage[name]?.memory),
    },
    {
      name: "bailiwick_service_lines_dropped_total",
      help: "Lines of a service that are missing in its log file",
      type: "counter",
      values: each(({ name }) => model.linesDropped(name)),
    },
    {
      name: "bailiwick_lines_total",
      help: "Lines that all services have written",
      type: "counter",
      values: [{ labels: {}, value: model.journal.lastNumber }],
    },
    {
      name: "bailiwick_scope_held",
      help: "1 if a scope asks what is to be done",
      type: "gauge",
      values: model.scopes.map(({ path, state }) => ({
        labels: { scope: path },
        value: state === "held" ? 1 : 0,
      })),
    },
    {
      name: "bailiwick_host_up",
      help: "1 if a host is connected",
      type: "gauge",
      values: model.hosts.map(({ host, state }) => ({
        labels: { host },
        value: state === "connected" ? 1 : 0,
      })),
    },
    {
      name: "bailiwick_events_total",
      help: "Events of the model",
      type: "counter",
      values: [{ labels: {}, value: model.lastNumber }],
    },
  ];
}

function labelsOf({ name, host }: ServiceView): Record<string, string> {
  return { service: name, host };
}
