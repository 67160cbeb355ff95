/** Makes `dist/web/page.js.gz`, the script of the web page, if it is older than what it is made of. */
import { gzipSync } from "node:zlib";
import { ROOT, sources } from "./sources.ts";

const PAGE = "lib/web/page";
const OUTPUT = `${ROOT}/dist/web/page.js.gz`;
/** Bytes of the page, as it is run: more is a mistake. */
const MOST_BYTES = 200 << 10;

async function changed(path: string): Promise<number> {
  return (await Deno.stat(path).catch(() => undefined))?.mtime?.getTime() ?? 0;
}

async function make(): Promise<void> {
  const made = await changed(OUTPUT);
  const parts = [...sources(PAGE, ".ts"), ...sources(PAGE, ".tsx"), `${PAGE}/deno.json`];
  const times = await Promise.all(parts.map((path) => changed(`${ROOT}/${path}`)));
  if (Math.max(...times) < made) return;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "-q",
      "--platform",
      "browser",
      "--minify",
      `--config=${PAGE}/deno.json`,
      `${PAGE}/main.tsx`,
    ],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const fixed = ["index.html", "page.css", "icon.svg"].map((name) =>
    Deno.statSync(`${ROOT}/lib/web/static/${name}`).size
  );
  const size = fixed.reduce((sum, each) => sum + each, stdout.length);
  if (size > MOST_BYTES) throw new Error(`The page has ${size} bytes, more than ${MOST_BYTES}`);
  await Deno.mkdir(`${ROOT}/dist/web`, { recursive: true });
  await Deno.writeFile(OUTPUT, gzipSync(stdout, { level: 9 }));
  console.error(`Made the page: ${(size / 1024).toFixed(0)} KiB`);
}

if (import.meta.main) await make();
