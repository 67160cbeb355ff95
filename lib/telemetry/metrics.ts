/**
 * What Prometheus reads: the text format 0.0.4 of its exposition. Names and units follow its conventions: base units,
 * `_total` for what only grows.
 */

/** A metric, with its values. */
export interface Metric {
  /** With its unit, as "bailiwick_service_memory_bytes". */
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  readonly values: readonly MetricValue[];
}

/** One value, with what tells it from others of the metric. */
export interface MetricValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The text of metrics. */
export function metricsText(metrics: readonly Metric[]): string {
  return metrics.map(({ name, help, type, values }) => {
    const lines = values.map(({ labels, value }) => `${name}${labelsText(labels)} ${value}`);
    return [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`, ...lines, ""].join(
      "\n",
    );
  }).join("");
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
