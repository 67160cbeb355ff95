/**
 * A start as one trace: a span for the whole of it, and in it one for each start function and each step. After that
 * each change is a trace of its own, from its first step until all that it began has ended.
 */
import { type Context, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Model, ModelEvent } from "../model/mod.ts";
import { followStarts } from "../model/starting.ts";

/** Follows a model, until it is disposed. */
export class Spans implements Disposable {
  readonly #tracer = trace.getTracer("bailiwick");
  readonly #model: Model;
  readonly #system: string;
  readonly #watch: Disposable;
  readonly #steps = new Map<number, Span>();
  #root: { readonly span: Span; readonly context: Context } | undefined;
  #open = 0;
  #isReady = false;

  /** What was observed before is among it. */
  constructor(model: Model, system: string) {
    this.#model = model;
    this.#system = system;
    for (const event of model.events) this.#see(event);
    this.#watch = model.observe((event) => this.#see(event));
    followStarts((name) => {
      const span = this.#begin(name, this.#model.now(), { "code.function.name": name });
      return (failure) =>
        this.#end(span, this.#model.now(), failure === undefined ? undefined : `${failure}`);
    });
  }

  /** All is ready: what comes is a change. */
  ready(): void {
    this.#isReady = true;
    this.#close();
  }

  #see(event: ModelEvent): void {
    if (event.kind === "step-begun") {
      const { id, step, time } = event;
      const { kind, subject, host } = step;
      const attributes = {
        "host.name": host,
        [`bailiwick.${kind === "start" ? "service" : kind}`]: subject,
      };
      this.#steps.set(id, this.#begin(`${kind} ${subject}`, time, attributes));
    } else if (event.kind === "step-ended") {
      const span = this.#steps.get(event.id);
      this.#steps.delete(event.id);
      if (span) this.#end(span, event.time, event.failure);
    }
  }

  #begin(name: string, time: number, attributes: Record<string, string>): Span {
    const startTime = this.#date(time);
    if (!this.#root) {
      const what = this.#isReady ? "change" : "start";
      const span = this.#tracer.startSpan(`${what} ${this.#system}`, { startTime }, ROOT_CONTEXT);
      this.#root = { span, context: trace.setSpan(ROOT_CONTEXT, span) };
    }
    this.#open++;
    return this.#tracer.startSpan(name, { startTime, attributes }, this.#root.context);
  }

  #end(span: Span, time: number, failure: string | undefined): void {
    if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
    span.end(this.#date(time));
    this.#open--;
    this.#close();
  }

  #close(): void {
    if (!this.#isReady || this.#open > 0) return;
    this.#root?.span.end(this.#date(this.#model.now()));
    this.#root = undefined;
  }

  /** Milliseconds since 1970. */
  #date(time: number): number {
    return this.#model.date() - this.#model.now() + time;
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    for (const span of this.#steps.values()) span.end();
    this.#root?.span.end();
  }
}
