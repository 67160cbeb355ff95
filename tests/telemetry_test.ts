/** What is exported over OTLP: a receiver of the test's own decodes it. */
import assert from "node:assert/strict";
import { until } from "bailiwick/testing";
import { OperatedCli } from "./support/operated.ts";

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}
interface SpanRecord {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}
interface LogRecord {
  readonly body: { readonly stringValue: string };
  readonly attributes: readonly Attribute[];
}
// deno-lint-ignore no-explicit-any
type Body = any;

/** Receives OTLP as JSON over HTTP. */
class Receiver implements AsyncDisposable {
  readonly spans: SpanRecord[] = [];
  readonly logs: LogRecord[] = [];
  readonly metrics = new Set<string>();
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      this.#take(new URL(request.url).pathname, await request.json());
      return new Response("{}", { headers: { "content-type": "application/json" } });
    },
  );

  get endpoint(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  #take(path: string, body: Body): void {
    const scopes = (kind: string, scope: string) =>
      (body[kind] ?? []).flatMap((resource: Body) => resource[scope])
        .filter(({ scope }: Body) => scope?.name === "bailiwick");
    if (path === "/v1/traces") {
      this.spans.push(...scopes("resourceSpans", "scopeSpans").flatMap(({ spans }: Body) => spans));
    } else if (path === "/v1/logs") {
      const found = scopes("resourceLogs", "scopeLogs");
      this.logs.push(...found.flatMap(({ logRecords }: Body) => logRecords));
    } else {
      const found = scopes("resourceMetrics", "scopeMetrics");
      for (const { metrics } of found) for (const { name } of metrics) this.metrics.add(name);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

Deno.test("a start is one trace with a span for each step; lines and metrics are exported, too", async () => {
  await using receiver = new Receiver();
  await using cli = await OperatedCli.make({
    OTEL_DENO: "true",
    OTEL_DENO_CONSOLE: "ignore",
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_METRIC_EXPORT_INTERVAL: "500",
    OTEL_BSP_SCHEDULE_DELAY: "200",
  });
  await cli.ready();
  const root = () => receiver.spans.find(({ name }) => name === "start operated");
  await until("the trace has arrived", () => root() !== undefined);
  const own = receiver.spans.filter(({ traceId }) => traceId === root()!.traceId);
  assert.deepEqual(own.map(({ name }) => name).sort(), [
    "connect local",
    "start cache",
    "start front",
    "start operated",
    "start orders/orderd",
  ]);
  assert.equal(receiver.spans.length, own.length);
  for (const span of own) {
    if (span !== root()) assert.equal(span.parentSpanId, root()!.spanId);
    assert.ok(BigInt(span.endTimeUnixNano) > BigInt(span.startTimeUnixNano), span.name);
  }
  await until("all lines have arrived", () => receiver.logs.length === 3);
  assert.deepEqual(receiver.logs.map(({ body }) => body.stringValue).sort(), [
    "cache is here",
    "front is here",
    "orderd-1 is here",
  ]);
  await until("metrics have arrived", () => receiver.metrics.has("bailiwick_service_memory_bytes"));

  assert.equal((await cli.run("restart", "front")).code, 0);
  const change = () => receiver.spans.find(({ name }) => name === "change operated");
  await until("the change has arrived", () => change() !== undefined);
  const changed = receiver.spans.filter(({ traceId }) => traceId === change()!.traceId);
  assert.deepEqual(changed.map(({ name }) => name).sort(), ["change operated", "start front"]);
});
