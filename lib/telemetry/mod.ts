/** What other systems are told of a running one. @module */
export { type Metric, metricsText, type MetricValue } from "./metrics.ts";
export { systemMetrics } from "./system_metrics.ts";
