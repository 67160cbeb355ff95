/** The interface of a program, from the begin of its system to its end. */
import type { Model } from "../../model/mod.ts";
import type { Nursery } from "../../nursery/mod.ts";
import { handlerOf, type Routes, RunningSystem, Server, stream } from "../../operate/mod.ts";
import { type SystemFlags, systemNameOf } from "../standing/flags.ts";
import type { AnySystem } from "../system.ts";

/** What a program has to say of itself. */
export interface Served {
  readonly system: AnySystem;
  readonly flags: SystemFlags;
  readonly isStanding: boolean;
  readonly model: Model;
  readonly nursery: Nursery;
}

/** A system that can be asked and acted on. */
export class Interface implements AsyncDisposable {
  readonly #running: RunningSystem;
  readonly #server: Server | undefined;

  private constructor(running: RunningSystem, server: Server | undefined) {
    this.#running = running;
    this.#server = server;
  }

  /** @param warn Is told if there is no place for it; the system goes on without. */
  static async begin(served: Served, warn: (line: string) => void): Promise<Interface> {
    const { system, flags, isStanding, model, nursery } = served;
    const about = {
      ...{ program: system.name, system: flags.system ?? system.name, pid: Deno.pid },
      ...{ since: new Date().toISOString(), standing: isStanding },
    };
    const running = new RunningSystem(about, model, nursery);
    try {
      const name = systemNameOf(system, flags);
      return new Interface(
        running,
        await Server.listen(name, handlerOf(running, replRoutes(running, system))),
      );
    } catch (error) {
      warn(`Nobody can ask this program how the system is: ${(error as Error).message}`);
      return new Interface(running, undefined);
    }
  }

  /** All is ready. */
  ready(): void {
    this.#running.isReady = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }
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
