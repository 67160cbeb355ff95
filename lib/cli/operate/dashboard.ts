/** `dashboard`: the web page of a running system, on this machine. */
import { API, type Client, type Handler, json } from "../../operate/mod.ts";
import { print } from "../../tools/mod.ts";
import { servePage } from "../../web/mod.ts";
import type { AnySystem } from "../system.ts";
import type { ActFlags } from "./act.ts";
import { findProgram, programOf } from "./program.ts";

/** What `dashboard` takes. */
export interface DashboardFlags extends ActFlags {
  readonly port?: number;
}

/**
 * Serves the page until somebody ends it. When the program ends it stays, and shows the next one: so an upgrade is
 * watched from its begin to its end.
 *
 * @throws {UsageError} If no program is there.
 */
export async function dashboard(system: AnySystem, flags: DashboardFlags): Promise<void> {
  using asked = new ProgramInCharge(
    await programOf(system, flags),
    () => findProgram(system, flags),
  );
  const handler: Handler = (request) => asked.answer(request);
  await using page = await servePage({ handler, port: flags.port ?? 0 });
  if (flags.json) print(JSON.stringify({ url: page.url }));
  else print(`${page.url}\nThe page is for whoever has this URL; Ctrl-C ends it.`);
  await interrupted();
}

/** The program in charge, whichever that is at the time. */
class ProgramInCharge implements Disposable {
  #client: Client | undefined;
  #finding: Promise<Client | undefined> | undefined;
  readonly #find: () => Promise<Client | undefined>;

  constructor(client: Client, find: () => Promise<Client | undefined>) {
    this.#client = client;
    this.#find = find;
  }

  /** What it answers, or that there is none. */
  async answer({ url, method, body }: Request): Promise<Response> {
    const client = this.#client ?? await this.#found();
    if (!client) return json({ error: "No program runs the system" }, 503);
    const { pathname, search } = new URL(url);
    try {
      return await client.raw(`${pathname}${search}`.slice(`/${API}/`.length), { method, body });
    } catch {
      this.#leave(client);
      return json({ error: "The program has ended" }, 503);
    }
  }

  async #found(): Promise<Client | undefined> {
    this.#finding ??= this.#find().finally(() => this.#finding = undefined);
    return this.#client = await this.#finding;
  }

  #leave(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    client[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#client?.[Symbol.dispose]();
  }
}

async function interrupted(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, resolve);
  await promise;
  for (const signal of signals) Deno.removeSignalListener(signal, resolve);
}
