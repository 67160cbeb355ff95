/** The files of the page. Its script is made by `scripts/make_page.ts`. */
import { AssetError, readAsset } from "../assets/mod.ts";

const PAGE = new URL("./static/index.html", import.meta.url);
const STYLE = new URL("./static/page.css", import.meta.url);
const ICON = new URL("./static/icon.svg", import.meta.url);
const SCRIPT = new URL("../../dist/web/page.js.gz", import.meta.url);

/** A file as it is sent. */
export interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * All of them, by their paths.
 *
 * @throws {AssetError} If the script was not made.
 */
export async function readPage(): Promise<ReadonlyMap<string, PageFile>> {
  const [page, style, icon, script] = await Promise.all(
    [PAGE, STYLE, ICON, SCRIPT].map((url) => readAsset(url).catch(withRemedy)),
  );
  return new Map([
    ["/", file(page!, "text/html; charset=utf-8")],
    ["/page.css", file(style!, "text/css; charset=utf-8")],
    ["/icon.svg", file(icon!, "image/svg+xml")],
    ["/page.js", file(script!, "text/javascript; charset=utf-8", { "content-encoding": "gzip" })],
  ]);
}

function file(
  body: Uint8Array<ArrayBuffer>,
  type: string,
  more: Readonly<Record<string, string>> = {},
): PageFile {
  return { body, headers: { "content-type": type, ...more } };
}

function withRemedy(error: unknown): never {
  if (!(error instanceof AssetError) || !error.isMissing) throw error;
  const message = `${error.message}; run deno task build`;
  throw new AssetError(message, { cause: error, isMissing: true });
}
