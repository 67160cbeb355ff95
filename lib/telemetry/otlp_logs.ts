/**
 * The lines of services over OTLP, as JSON over HTTP: Deno's exporter has no logs of one's own. Lines are read from the
 * journal at the pace of the receiver; what it was too slow for is counted.
 */
import type { Journal, JournalLine, Model } from "../model/mod.ts";

/** Lines that are sent together at the most, and how often. */
const AT_ONCE = 1000;
const PERIOD = 1000;
const SEVERITY_INFO = 9;

/** Sends lines until it is disposed. */
export class OtlpLogs implements AsyncDisposable {
  readonly #model: Model;
  readonly #url: string;
  readonly #system: string;
  readonly #reader: ReturnType<Journal["reader"]>;
  readonly #timer: ReturnType<typeof setInterval>;
  #sending = Promise.resolve();
  #missed = 0;

  /** @param endpoint That of OTEL_EXPORTER_OTLP_ENDPOINT. */
  constructor(model: Model, system: string, endpoint: string) {
    this.#model = model;
    this.#system = system;
    this.#url = `${endpoint.replace(/\/$/, "")}/v1/logs`;
    this.#reader = model.journal.reader();
    this.#timer = setInterval(() => this.#send(), PERIOD);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  /** Lines that were not sent: they were gone from the journal, or the receiver did not take them. */
  get missed(): number {
    return this.#missed;
  }

  #send(): void {
    this.#sending = this.#sending.then(() => this.#sendAll());
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      const { lines, missed } = this.#reader.read(AT_ONCE);
      this.#missed += missed;
      if (lines.length === 0) return;
      if (!await this.#post(lines)) this.#missed += lines.length;
    }
  }

  async #post(lines: readonly JournalLine[]): Promise<boolean> {
    const offset = this.#model.date() - this.#model.now();
    const body = JSON.stringify({
      resourceLogs: [{
        resource: { attributes: [attribute("service.name", this.#system)] },
        scopeLogs: [{
          scope: { name: "bailiwick" },
          logRecords: lines.map(({ time, path, instance, line }) => ({
            timeUnixNano: `${Math.round((offset + time) * 1e3)}000`,
            severityNumber: SEVERITY_INFO,
            body: { stringValue: line },
            attributes: [
              attribute("bailiwick.service", path),
              attribute("service.instance.id", instance.toString(16)),
            ],
          })),
        }],
      }],
    });
    try {
      const headers = { "content-type": "application/json" };
      const response = await fetch(this.#url, { method: "POST", headers, body });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#send();
    await this.#sending;
  }
}

function attribute(key: string, value: string) {
  return { key, value: { stringValue: value } };
}
