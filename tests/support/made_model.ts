/** An interface that tells of services that are made up. */
import type { Actions, ServiceView, Snapshot } from "../../lib/operate/api.ts";
import { type Handler, json, stream } from "../../lib/operate/handler.ts";

/** What is told, and what it was asked to do. */
export class MadeInterface {
  services: ServiceView[];
  readonly done: [keyof Actions, unknown][] = [];
  lines: string[] = ["it is here"];
  #event = 1;
  #news = Promise.withResolvers<void>();

  constructor(names: readonly string[]) {
    this.services = names.map(serviceView);
  }

  /** Something has happened to a service. */
  change(name: string, changes: Partial<ServiceView>): void {
    this.services = this.services.map((each) =>
      each.name === name ? { ...each, ...changes } : each
    );
    this.#event++;
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  readonly handler: Handler = async (request) => {
    const { pathname } = new URL(request.url);
    const [, , area, ...rest] = pathname.split("/").map(decodeURIComponent);
    if (area === "model") return json(this.#snapshot());
    if (area === "usage") return json({});
    if (area === "events") return stream("text/event-stream", this.#events());
    if (area === "logs") return stream("application/jsonl", this.#logs());
    if (area === "actions") {
      this.done.push([rest[0] as keyof Actions, await request.json()]);
      return json({ result: "done", message: "It was done" });
    }
    const view = this.services.find(({ name }) => name === rest.join("/"))!;
    const detail = { command: "sleep", fingerprint: {}, usedBy: [], history: [], lastLines: [] };
    return json({ ...view, ...detail });
  };

  #snapshot(): Snapshot {
    const time = new Date().toISOString();
    const hosts = [{ host: "local", state: "connected", since: time }] as const;
    const steps = [{ kind: "start", subject: "a", host: "local", state: "done" }] as const;
    return {
      ...{ event: this.#event, time, hosts, services: this.services },
      scopes: [{
        ...{ path: "orders", state: "held", reason: "what now?", since: time, arguments: {} },
        choices: [{ label: "again", about: "starts it again" }],
      }],
      steps: steps.map((step) => ({ ...step, begun: time, ended: time })),
    };
  }

  #events(): ReadableStream<Uint8Array> {
    return new ReadableStream({
      pull: async (controller) => {
        await this.#news.promise;
        const event = {
          number: this.#event,
          time: new Date().toISOString(),
          kind: "service-changed",
        };
        const text = `id: ${event.number}\ndata: ${JSON.stringify(event)}\n\n`;
        controller.enqueue(new TextEncoder().encode(text));
      },
    }, { highWaterMark: 0 });
  }

  #logs(): ReadableStream<Uint8Array> {
    const time = new Date().toISOString();
    const of = { time, service: "a", instance: "1" };
    const text = this.lines.map((line, number) => `${JSON.stringify({ number, ...of, line })}\n`);
    return new Blob(text).stream();
  }
}

function serviceView(name: string): ServiceView {
  const since = new Date().toISOString();
  const of = { name, scope: "", instance: "1", host: "local", pid: 1, since, started: since };
  return { ...of, state: "ready", restarts: 0, uses: [] };
}
