/**
 * What is done to each page that `deno doc` makes: places of sources become links to the repository's
 * files, names in comments become links to their pages, and links that it makes to places that it does
 * not make become text.
 */
import { dirname, relative } from "node:path/posix";
import { pathToFileURL } from "node:url";
import { ROOT } from "../sources.ts";

/** Where the page of a name is, relative to the reference: `Path`, `Path.join`. */
export type PageOf = (name: string, page: string) => string | undefined;

/** The names that have pages, found by the files; names of the page's own entry count first. */
export function pageFinder(pages: ReadonlySet<string>): PageOf {
  return (name, page) => {
    const [head, member] = name.split(".");
    const own = page.includes("~/") ? page.slice(0, page.indexOf("~/")) : `${dirname(page)}/`;
    for (const folder of new Set([own.replace("./", ""), ""])) {
      const candidates = member === undefined
        ? [`${head}`]
        : [`${head}.prototype.${member}`, `${head}.${member}`];
      const found = candidates.map((name) => `${folder}~/${name}.html`).find((p) => pages.has(p));
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** A page of the reference, mended. `page` and the reference are relative to each other. */
export function mendPage(html: string, page: string, directory: string, pageOf: PageOf): string {
  const place = dirname(page);
  const sources = `${pathToFileURL(ROOT)}/`;
  const toRoot = relative(`${directory}/${place}`, ROOT);
  return html
    .replaceAll(
      /<a href="#type_param_[^"]*"[^>]*>([^<]*)<\/a>/g,
      (link, text) => html.includes(`id="${link.slice(10, link.indexOf('"', 10))}"`) ? link : text,
    )
    // Names of files that hold %22 as it is: in a link that would be a quotation mark.
    .replaceAll(/(?<=href="[^"]*)%22(?=[^"]*\.html)/g, "%2522")
    .replaceAll(/(?<=href=")file:[^"]*/g, (url) => {
      const decoded = url.replaceAll("&#x2F;", "/");
      return decoded.startsWith(sources) ? `${toRoot}/${decoded.slice(sources.length)}` : decoded;
    })
    .replaceAll(
      /(<a [^>]*>[^<]*)?<code>([A-Za-z]\w*(?:\.\w+)?)(?:\(\))?<\/code>/g,
      (all, inLink, name) => {
        const target = inLink === undefined ? pageOf(name, page) : undefined;
        return target === undefined || target === page
          ? all
          : `<a href="${relative(place, target)}">${all}</a>`;
      },
    );
}
