/**
 * Makes the web page: `dist/web/script`, which is `lib/web/page/main.tsx` with all that it imports, and
 * `dist/web/style`. They have no extensions, so that nobody takes them for modules of the program.
 *
 *     deno run -A scripts/make_page.ts
 */
import { ROOT } from "./sources.ts";

const FOLDER = `${ROOT}/dist/web`;
const PAGE = `${ROOT}/lib/web/page`;
const MOST = 200 * 1024;

await Deno.mkdir(FOLDER, { recursive: true });
const { success, stderr } = await new Deno.Command(Deno.execPath(), {
  args: [
    ...["bundle", "--quiet", "--platform", "browser", "--minify"],
    ...["--output", `${FOLDER}/script`, `${PAGE}/main.tsx`],
  ],
  cwd: ROOT,
}).output();
if (!success) throw new Error(new TextDecoder().decode(stderr));
const plot = await Deno.readTextFile(`${ROOT}/node_modules/uplot/dist/uPlot.min.css`);
const own = await Deno.readTextFile(`${PAGE}/style.css`);
await Deno.writeTextFile(`${FOLDER}/style`, `${plot}\n${own}`);

const sizes = ["script", "style"].map((name) => Deno.statSync(`${FOLDER}/${name}`).size);
const size = sizes.reduce((sum, each) => sum + each, 0);
if (size > MOST) throw new Error(`The page has ${size} bytes, and is to have at most ${MOST}`);
