/** `dashboard`: the web page of a running system. */
import { API, type Client, type Handler } from "../../operate/mod.ts";
import { print } from "../../tools/mod.ts";
import { Page } from "../../web/mod.ts";
import type { AnySystem } from "../system.ts";
import type { ActFlags } from "./act.ts";
import { programOf } from "./program.ts";

/** What `dashboard` takes. */
export interface DashboardFlags extends ActFlags {
  readonly port?: number;
}

/**
 * Serves the page until somebody ends it; it asks the program for all that it shows.
 *
 * @throws {UsageError} If no program is there.
 */
export async function dashboard(system: AnySystem, flags: DashboardFlags): Promise<void> {
  using client = await programOf(system, flags);
  await using page = Page.serve(through(client), flags.port ?? 0);
  if (flags.json) print(JSON.stringify({ url: page.url }));
  else print(`${page.url}\nThe page is for whoever has this URL; Ctrl-C ends it.`);
  for await (const _ of client.events()); // Until the program ends.
}

/** Passes requests on to the program. */
function through(client: Client): Handler {
  return async ({ url, method, body }) => {
    const { pathname, search } = new URL(url);
    const path = `${pathname}${search}`.slice(`/${API}/`.length);
    return await client.raw(path, { method, body });
  };
}
