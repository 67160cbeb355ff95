/** The pages that list what there is: `deno doc`'s own are replaced by groups in order of importance. */
import { type Group, grouped } from "./groups.ts";
import { commentOf, type Exported, specifier } from "./symbols.ts";

/** Text that HTML shows as it is. */
export function escapeHtml(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replaceAll(/[&<>"]/g, (character) => names[character]!);
}

/** The first sentence of a comment, as HTML. */
export function summary(comment: string): string {
  const [paragraph = ""] = comment.split(/\n\s*\n/);
  const text = paragraph.replaceAll(/\{@link(?:code|plain)?\s+([^}\s|]+)[^}]*\}/g, "`$1`")
    .replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1").replaceAll(/\s+/g, " ");
  const sentence = /^.*?[.:](?=\s[^a-z]|\s*$)/.exec(text)?.[0] ?? text;
  return inlineCode(sentence.replace(/:$/, "."));
}

function inlineCode(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

function anchor(title: string): string {
  return title.toLowerCase().replaceAll(/[^a-z]+/g, "-");
}

/** The folder of an entry's pages, with a slash at its end: "" and "testing/". */
function folder(entry: string): string {
  return entry === "." ? "" : `${entry.slice(2)}/`;
}

interface Listing {
  readonly entry: string;
  readonly groups: ReadonlyMap<Group, readonly Exported[]>;
}

/** From an index page to the reference's root, and from there to the repository's docs. */
interface Place {
  readonly root: string;
  readonly docs: string;
}

function section({ entry, groups }: Listing, { root, docs }: Place): string {
  const parts = Array.from(groups, ([{ title, about, page }, symbols]) => {
    const more = page === undefined ? "" : ` <a href="${docs}/${page}">More on this.</a>`;
    const items = symbols.map((symbol) => item(symbol, `${root}${folder(entry)}`)).join("\n");
    return `<h2 id="${anchor(title)}">${escapeHtml(title)}</h2>
<p>${inlineCode(about)}${more}</p>
<dl>
${items}
</dl>`;
  });
  return parts.join("\n");
}

function item(symbol: Exported, base: string): string {
  const link = `<a href="${base}~/${symbol.name}.html"><code>${symbol.name}</code></a>`;
  return `<dt>${link}</dt><dd>${summary(commentOf(symbol))}</dd>`;
}

const STYLE = `<style>
#groups h1 { font-size: 1.5rem; font-weight: 700; margin: 2.5rem 0 0.5rem; }
#groups h2 { font-size: 1.15rem; font-weight: 600; margin: 1.75rem 0 0.25rem; }
#groups dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; margin-top: 0.5rem; }
#groups a, .groups a { text-decoration: underline; }
@media (max-width: 50rem) { #groups dl { display: block; } #groups dd { margin: 0 0 0.5rem 1rem; } }
</style>`;

function contents({ groups }: Listing): string {
  const items = Array.from(groups.keys(), ({ title }) => {
    return `<li><a href="#${anchor(title)}">${escapeHtml(title)}</a></li>`;
  });
  return `<ul>${items.join("")}</ul>`;
}

/** The list of an entry in place of what stands after the module's own comment. */
function replaceLists(html: string, sections: string, navigation: string): string {
  const main =
    /(<main>.*?)(?:<section class="section" id=.*)?(<\/div>\s*<\/div>\s*<\/section>\s*<\/main>)/s;
  const side = /<nav class="(?:topSymbols|documentNavigation)">.*?<\/nav>/s;
  if (!main.test(html)) throw new Error("deno doc makes other pages than index_pages.ts knows");
  return html
    .replace(main, (_, begin, end) => `${begin}${STYLE}<div id="groups">${sections}</div>${end}`)
    .replace(side, () => `<nav class="groups">${navigation}</nav>`);
}

/** Rewrites the index pages in `directory`, which is `depth` folders below the repository. */
export async function writeIndexPages(
  directory: string,
  exports: ReadonlyMap<string, readonly Exported[]>,
  repository: string,
): Promise<void> {
  const listings = Array.from(exports, ([entry, symbols]) => {
    return { entry, groups: grouped(entry, symbols) };
  });
  for (const listing of listings) {
    const isRoot = listing.entry === ".";
    const root = isRoot ? "./" : "../";
    const docs = `${isRoot ? "" : "../"}${repository}docs`;
    const shown = isRoot ? listings : [listing];
    const sections = shown.map((each) => {
      const title = `<h1 id="${anchor(specifier(each.entry))}">${specifier(each.entry)}</h1>`;
      return `${title}${section(each, { root, docs })}`;
    });
    const navigation = shown.map((each) =>
      `<a href="#${anchor(specifier(each.entry))}">${specifier(each.entry)}</a>${contents(each)}`
    );
    const path = `${directory}/${folder(listing.entry)}index.html`;
    const html = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, replaceLists(html, sections.join("\n"), navigation.join("\n")));
  }
}
