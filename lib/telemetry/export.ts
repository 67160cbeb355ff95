/** Telemetry over OTLP, as the environment asks for it: OTEL_DENO=true, and what else Deno's exporter knows. */
import type { RunningSystem, Usage } from "../operate/mod.ts";
import { exportMetrics } from "./otlp_metrics.ts";
import { OtlpLogs } from "./otlp_logs.ts";
import { Spans } from "./spans.ts";

const ENDPOINT = "http://localhost:4318";

/** What is exported of a running system, until it is disposed. */
export class Telemetry implements AsyncDisposable {
  readonly #spans: Spans;
  readonly #logs: OtlpLogs;

  constructor(system: RunningSystem, usage: Usage) {
    const { model, about } = system;
    this.#spans = new Spans(model, about.system);
    this.#logs = new OtlpLogs(
      ...[model, about.system] as const,
      Deno.env.get("OTEL_EXPORTER_OTLP_ENDPOINT") ?? ENDPOINT,
    );
    exportMetrics(system, usage);
  }

  /** All was ready. */
  ready(): void {
    this.#spans.ready();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#spans[Symbol.dispose]();
    await this.#logs[Symbol.asyncDispose]();
  }
}
