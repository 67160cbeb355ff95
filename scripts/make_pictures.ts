/**
 * Makes the pictures of the web page, `docs/pictures/*.png`, of a made-up shop.
 *
 *     deno run -A scripts/make_pictures.ts
 */
import { OpenPage } from "../tests/support/browser.ts";
import { shop } from "../tests/support/shop.ts";
import { ROOT } from "./sources.ts";

const FOLDER = `${ROOT}/docs/pictures`;
const SCREENS = [
  ["services", "services", "[data-service]"],
  ["graph", "graph", "svg .node"],
  ["steps", "steps", ".step"],
  ["service", "service/web%2Fgatewayd", ".line"],
  ["questions", "questions", "[data-scope]"],
] as const;

await Deno.mkdir(FOLDER, { recursive: true });
await using open = await OpenPage.of(shop().handler, { width: 1100, height: 620 });
for (const [name, hash, drawn] of SCREENS) {
  await open.go(hash);
  await open.page.waitForSelector(drawn);
  await open.page.screenshot({ path: `${FOLDER}/${name}.png` });
  console.log(`Made docs/pictures/${name}.png`);
}
