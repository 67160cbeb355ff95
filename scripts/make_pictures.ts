/**
 * Makes the pictures of the web page, `docs/pictures/*.png`, of the example system as it runs here.
 *
 *     deno run -A scripts/make_pictures.ts
 */
import { Client } from "../lib/operate/client.ts";
import { Page } from "../lib/web/mod.ts";
import { withPage } from "../tests/support/browser.ts";
import { Cli, firstLine } from "../tests/support/cli.ts";
import { ROOT } from "./sources.ts";

const FOLDER = `${ROOT}/docs/pictures`;
const SCREENS = [
  ["services", "services", "tr[data-service]"],
  ["graph", "graph", "svg"],
  ["steps", "steps", ".gantt"],
  ["service", "service/shard-0%2Forderd", ".line"],
] as const;

await Deno.mkdir(FOLDER, { recursive: true });
const directory = await Deno.makeTempDir();
Deno.env.set("XDG_RUNTIME_DIR", directory);
const up = Cli.fromSource().spawn(["up", "--json"], { XDG_STATE_HOME: directory });
await firstLine(up.stdout);
using client = (await Client.find("bailiwick"))!;
await using page = Page.serve(({ url, method, body }) => {
  const { pathname, search } = new URL(url);
  return client.raw(`${pathname}${search}`.slice("/v1/".length), { method, body });
});
await withPage(page.url, async (shown) => {
  for (const [name, hash, what] of SCREENS) {
    await shown.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    await shown.waitForSelector(what);
    await shown.screenshot({ path: `${FOLDER}/${name}.png` });
  }
}, { width: 1000, height: 480 });
up.kill("SIGINT");
await up.status;
await Deno.remove(directory, { recursive: true });
