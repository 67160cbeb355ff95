/** An interface with a scripted model, which says what a test has it say, and notes what it is asked to do. */
import type {
  EventView,
  LogMessage,
  ProgramView,
  ScopeView,
  ServiceDetail,
  ServiceView,
  Snapshot,
  StepView,
} from "../../lib/operate/api.ts";
import type { Handler } from "../../lib/operate/mod.ts";

const utf8 = new TextEncoder();
const BEGIN = Date.now() - 600_000;

/** A time, so many milliseconds after the program began. */
export function at(milliseconds: number): string {
  return new Date(BEGIN + milliseconds).toISOString();
}

/** A service that is ready. */
export function service(name: string, more: Partial<ServiceView> = {}): ServiceView {
  return {
    ...{ name, scope: "", instance: `1${name.length}`, host: "local", pid: 4000 + name.length },
    ...{ state: "ready", since: at(2000), started: at(1000), restarts: 0, uses: [] },
    ...more,
  };
}

/** A scope that stands. */
export function scope(path: string, more: Partial<ScopeView> = {}): ScopeView {
  return { path, state: "standing", since: at(3000), choices: [], arguments: {}, ...more };
}

/** What is asked of the interface, and what it answers. */
export class FakeInterface {
  services: ServiceView[] = [];
  scopes: ScopeView[] = [scope("")];
  steps: StepView[] = [];
  events: EventView[] = [];
  lines: LogMessage[] = [];
  /** Actions that were asked for, as "stop" and what it was given. */
  readonly asked: [kind: string, body: unknown][] = [];
  #wake = Promise.withResolvers<void>();

  /** Tells of something that has happened. */
  tell(kind: string, facts: Readonly<Record<string, unknown>>): void {
    const number = this.events.length + 1;
    this.events.push({ number, time: new Date().toISOString(), kind, ...facts } as EventView);
    this.#news();
  }

  /** A service writes a line. */
  write(service: string, line: string): void {
    const number = this.lines.length + 1;
    this.lines.push({ number, time: new Date().toISOString(), service, instance: "1", line });
    this.#news();
  }

  get handler(): Handler {
    return async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      const [, , area = "", ...rest] = pathname.split("/").map(decodeURIComponent);
      switch (area) {
        case "":
          return Response.json(PROGRAM);
        case "model":
          return Response.json(this.#snapshot());
        case "usage":
          return Response.json(this.#usage());
        case "services":
          return this.#detail(rest.join("/"));
        case "events": {
          const since = Number(searchParams.get("since"));
          return this.#stream(since, () => this.events, (event) => `data: ${event}\n\n`);
        }
        case "logs": {
          const after = Number(searchParams.get("after") ?? 0);
          const wanted = searchParams.get("service");
          const wants = (each: LogMessage) =>
            wanted === null || "service" in each && each.service === wanted;
          return this.#stream(after, () => this.lines, (line) => `${line}\n`, wants);
        }
        case "actions":
          this.asked.push([rest[0]!, await request.json()]);
          return Response.json({ result: "done", message: `${rest[0]} is done` });
      }
      return Response.json({ error: "There is no such thing" }, { status: 404 });
    };
  }

  #news(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  #snapshot(): Snapshot {
    const { services, scopes, steps } = this;
    const hosts = [{ host: "local", state: "connected", since: at(0) } as const];
    const time = new Date().toISOString();
    return { event: this.events.length, time, hosts, scopes, services, steps };
  }

  #usage() {
    const since = Date.now() - BEGIN;
    return Object.fromEntries(this.services.map(({ name, pid }) => [name, {
      cpu: since * (0.2 + 0.15 * Math.sin(since / 5000 + pid)),
      memory: 4e7 + 1e6 * (pid % 50) + 5e6 * Math.sin(since / 9000),
      processes: 1,
    }]));
  }

  #detail(name: string): Response {
    const view = this.services.find((each) => each.name === name);
    if (!view) return Response.json({ error: `There is no service ${name}` }, { status: 404 });
    const detail: ServiceDetail = {
      ...view,
      ...{ command: `/usr/bin/${name}`, fingerprint: { command: `/usr/bin/${name} --db /srv/db` } },
      usedBy: this.services.filter(({ uses }) => uses.includes(name)).map((each) => each.name),
      ...{ timeToReady: 1000, lastLines: [] },
      history: this.events.filter((event) => "path" in event && event["path"] === name)
        .toReversed(),
    };
    return Response.json(detail);
  }

  #stream<T>(
    after: number,
    all: () => readonly T[],
    text: (json: string) => string,
    wants: (each: T) => boolean = () => true,
  ): Response {
    let sent = after;
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        while (all().length <= sent) await this.#wake.promise;
        const some = all().slice(sent, sent + 1000);
        sent += some.length;
        controller.enqueue(
          utf8.encode(some.filter(wants).map((each) => text(JSON.stringify(each))).join("")),
        );
      },
    }, { highWaterMark: 0 });
    return new Response(body as BodyInit);
  }
}

const PROGRAM: ProgramView = {
  ...{ api: "v1", program: "shop", system: "shop", pid: 4711, since: at(0) },
  ...{ standing: true, ready: true },
};
