/** The metrics of a running system over OTLP, by Deno's exporter. */
import { metrics } from "@opentelemetry/api";
import type { RunningSystem, Usage } from "../operate/mod.ts";
import { systemMetrics } from "./system_metrics.ts";

/** Has them exported as often as OTEL_METRIC_EXPORT_INTERVAL says. */
export function exportMetrics(system: RunningSystem, usage: Usage): void {
  const meter = metrics.getMeter("bailiwick");
  const instruments = new Map(
    systemMetrics(system, {}).map(({ name, help, type }) => {
      const make = type === "counter" ? "createObservableCounter" : "createObservableGauge";
      return [name, meter[make](name, { description: help })];
    }),
  );
  meter.addBatchObservableCallback(async (result) => {
    for (const { name, values } of systemMetrics(system, await usage.read())) {
      for (const { labels, value } of values) result.observe(instruments.get(name)!, value, labels);
    }
  }, [...instruments.values()]);
}
