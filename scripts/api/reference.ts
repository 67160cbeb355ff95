/** Makes the API reference, `deno doc`'s pages with an order of importance. */
import { relative } from "node:path/posix";
import { writeIndexPages } from "./index_pages.ts";
import { mendPage, pageFinder } from "./pages.ts";
import { denoDoc, ENTRIES, type Exported } from "./symbols.ts";
import { filesBelow, ROOT } from "../sources.ts";

/** Writes the reference into `directory`, in place of what is there. */
export async function makeReference(
  directory: string,
  exports: ReadonlyMap<string, readonly Exported[]>,
): Promise<void> {
  await Deno.remove(directory, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const modules = Object.values(ENTRIES);
  await denoDoc(["--html", "--name=Bailiwick", `--output=${directory}`, ...modules]);
  await writeIndexPages(directory, exports, `${relative(directory, ROOT)}/`);
  const pages = filesBelow(directory).filter((path) => path.endsWith(".html"));
  const pageOf = pageFinder(new Set(pages));
  await Promise.all(pages.map(async (page) => {
    const path = `${directory}/${page}`;
    const html = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, mendPage(html, page, directory, pageOf));
  }));
}
