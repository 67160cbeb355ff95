/** The interface of a program, from the begin of its system to its end. */
import type { Model } from "../../model/mod.ts";
import type { Nursery } from "../../nursery/mod.ts";
import {
  type Handler,
  handlerOf,
  type Routes,
  RunningSystem,
  Server,
  stream,
  Usage,
} from "../../operate/mod.ts";
import type { Telemetry } from "../../telemetry/export.ts";
import type { Terminal } from "../../tools/mod.ts";
import { recordedConversation } from "./record.ts";
import { type SystemFlags, systemNameOf } from "../standing/flags.ts";
import type { AnySystem } from "../system.ts";

/** What a program has to say of itself. */
export interface Served {
  readonly system: AnySystem;
  readonly flags: SystemFlags & { readonly dashboard: boolean };
  readonly isStanding: boolean;
  readonly model: Model;
  readonly nursery: Nursery;
}

/** A system that can be asked and acted on. */
export class Interface implements AsyncDisposable {
  readonly #running: RunningSystem;
  readonly #serving = new AsyncDisposableStack();
  #telemetry: Telemetry | undefined;

  private constructor(running: RunningSystem) {
    this.#running = running;
  }

  /** If there is no place for it that is said, and the system goes on without. */
  static async begin(served: Served, terminal: Terminal): Promise<Interface> {
    const { system, flags, isStanding, model, nursery } = served;
    const about = {
      ...{ program: system.name, system: flags.system ?? system.name, pid: Deno.pid },
      ...{ since: new Date().toISOString(), standing: isStanding },
    };
    const own = new Interface(new RunningSystem(about, model, nursery));
    const usage = new Usage(own.#running);
    const more = {
      ...replRoutes(own.#running, system),
      ...metricsRoutes(own.#running, usage),
      ...recordRoutes(),
    };
    const handler = handlerOf(own.#running, more, usage);
    if (Deno.env.get("OTEL_DENO") === "true") {
      const { Telemetry } = await import("../../telemetry/export.ts");
      own.#telemetry = own.#serving.use(new Telemetry(own.#running, usage));
    }
    try {
      own.#serving.use(await Server.listen(systemNameOf(system, flags), handler));
      if (flags.dashboard) await own.#servePage(handler, terminal);
    } catch (error) {
      terminal.say(`Nobody can ask this program how the system is: ${(error as Error).message}`);
    }
    return own;
  }

  /** Whoever has its address can act on the system, so that is for eyes alone, and not for a log. */
  async #servePage(handler: Handler, terminal: Terminal): Promise<void> {
    if (!terminal.isTerminal) {
      return terminal.say(
        "The address of the page is for a terminal: the command dashboard has it",
      );
    }
    const { servePage } = await import("../../web/mod.ts");
    terminal.say(`The page is at ${this.#serving.use(await servePage({ handler })).url}`);
  }

  /** All is ready. */
  ready(): void {
    this.#running.isReady = true;
    this.#telemetry?.ready();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#serving[Symbol.asyncDispose]();
  }
}

/** What Prometheus reads. */
function metricsRoutes(running: RunningSystem, usage: Usage): Routes {
  return {
    "GET metrics": async () => {
      const { metricsText, systemMetrics } = await import("../../telemetry/mod.ts");
      const text = metricsText(systemMetrics(running, await usage.read()));
      return new Response(text, { headers: { "content-type": "text/plain; version=0.0.4" } });
    },
  };
}

/** What was said to and by the agents, in words. */
function recordRoutes(): Routes {
  return {
    "GET record": () => new Response(`${recordedConversation().join("\n")}\n`),
  };
}

/** The REPL, which no program is to load that nobody attaches to. */
function replRoutes(running: RunningSystem, { repl: own = {} }: AnySystem): Routes {
  let loaded:
    | Promise<(request: Request, readOnly: boolean) => ReadableStream<Uint8Array>>
    | undefined;
  const load = async () => {
    const { Repl, serveRepl } = await import("../../repl/mod.ts");
    const repl = new Repl(running, own);
    return ({ body }: Request, readOnly: boolean) =>
      serveRepl(repl, body ?? ReadableStream.from([]), { readOnly });
  };
  return {
    "POST repl": async (request, _, { searchParams }) => {
      const serve = await (loaded ??= load());
      return stream("application/jsonl", serve(request, searchParams.has("readonly")));
    },
  };
}
